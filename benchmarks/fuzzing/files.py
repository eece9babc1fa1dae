"""Files that are not what they should be: pipes, devices, folders, holes."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

HOLE = 3 * 2**30  # bytes of a file that was never written


def odd_file(rng: random.Random, path: Path) -> str:
    """Put something odd in the place of a file; what."""

    def removed() -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def hole() -> None:
        with path.open("r+b" if path.exists() else "wb") as file:
            file.truncate(HOLE)

    ways: dict[str, Callable[[], object]] = {
        "missing": lambda: None,
        "empty": path.touch,
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "endless": lambda: path.symlink_to("/dev/zero"),
        "link to itself": lambda: path.symlink_to(path.name),
    }
    if rng.random() < 0.15:
        hole()
        return "hole"
    what = rng.choice(list(ways))
    removed()
    ways[what]()
    return what
