"""The log of a run: everything that is logged or warned while it goes on."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import PluginWarning

logger = logging.getLogger(__name__)


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Write everything that is logged, warnings included, to a file; plugins' warnings are shown too."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    before, show = root.level, warnings.showwarning

    def log_warning(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        logger.warning("%s: %s", category.__name__, message)
        if issubclass(category, PluginWarning):
            show(message, category, *rest, **more)

    root.addHandler(handler)
    root.setLevel(min(before, logging.INFO) or logging.INFO)
    warnings.showwarning = log_warning
    try:
        yield
    finally:
        warnings.showwarning = show
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()
