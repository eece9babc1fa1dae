"""A plugin-based competition harness for exoplanet atmospheric retrieval."""

from harness.hookspecs import hookimpl

__all__ = ["hookimpl"]
