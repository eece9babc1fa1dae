"""Where a figure is written, and as what: the ending of its name says it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness.errors import HarnessError
from harness.files.storage import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

OUTPUT_KINDS = "a picture (.png) or a page (.html)"

Kind = Literal["png", "html"]


def figure_kind(path: Path) -> Kind:
    """Whether a file is to be a picture or a page.

    Raises:
        HarnessError: its name ends in neither .png nor .html, or it cannot be written there.
    """
    ending = path.suffix.lower()
    if ending not in (".png", ".html"):
        raise HarnessError(f"{path} is of no kind that can be drawn; name {OUTPUT_KINDS} with -o.")
    require_folder(path)
    return "png" if ending == ".png" else "html"


def require_folder(path: Path) -> None:
    """Refuse a file whose folder is not there or takes no files, or that is a folder itself.

    Raises:
        HarnessError: so it is.
    """
    if not path.parent.is_dir():
        reason = f"there is no folder {path.parent}"
    elif not os.access(path.parent, os.W_OK):
        reason = f"the folder {path.parent} is read-only"
    elif path.is_dir():
        reason = "it is a folder"
    else:
        return
    raise HarnessError(f"{path} cannot be written: {reason}; choose another with -o.")


def write_picture(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, all of it or nothing.

    Raises:
        HarnessError: the file cannot be written.
    """
    _write(path, lambda partial: figure.savefig(partial, format="png"))


def write_page(page: str, path: Path) -> None:
    """Write a page, all of it or nothing.

    Raises:
        HarnessError: the file cannot be written.
    """
    _write(path, lambda partial: partial.write_text(page, encoding="utf-8"))


def _write(path: Path, write: Callable[[Path], object]) -> None:
    try:
        write_whole(path, write)
    except OSError as error:
        reason = error.strerror or error  # libraries that draw may leave out the former
        raise HarnessError(f"{path} cannot be written ({reason}); choose another with -o.") from error
