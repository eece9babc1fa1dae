"""Amounts of disk space as commands tell them."""

from __future__ import annotations


def megabytes(n_bytes: int) -> str:
    """In millions of bytes: "1,234.5 MB"."""
    return f"{n_bytes / 1e6:,.1f} MB"
