"""The directory of built-in opacities that a planet model reads."""

from __future__ import annotations

from pathlib import Path

from harness.physics.builtin_opacities import opacity_directory


def wide_opacity_directory(cache: str | Path | None = None) -> Path:
    """The directory of the built-in opacities."""
    return opacity_directory(cache)
