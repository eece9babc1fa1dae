"""How much room the folders of a home take."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def bytes_of(path: Path) -> int:
    """The bytes of a file, or of all files in a folder and those in it; links count as links."""
    total = 0
    for one in (path, *(path.rglob("*") if path.is_dir() and not path.is_symlink() else ())):
        with suppress(OSError):  # another process may just have removed it
            found = one.lstat()
            total += 0 if one.is_dir() and not one.is_symlink() else found.st_size
    return total


def sizes_in(folder: Path) -> dict[str, int]:
    """The bytes of everything directly in a folder, by name, the largest first."""
    with suppress(OSError):
        found = {path.name: bytes_of(path) for path in folder.iterdir()}
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
    return {}
