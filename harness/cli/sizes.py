"""Amounts of disk space as commands tell them."""

from __future__ import annotations


def megabytes(n_bytes: int) -> str:
    """In millions of bytes, or thousands where these are few: "1,234.5 MB", "2.3 kB"."""
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 1e5 or n_bytes == 0 else f"{n_bytes / 1e3:.1f} kB"
