"""What a directory of opacities that were learned from spectra says of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.physics.opacity_directory import PATTERNS
from harness.untrusted.files import MIB, read_text

FITTED = "fitted.json"


@dataclass(frozen=True)
class FittedDirectory:
    """A set of opacities as `harness opacities fit` writes it: its files belong together.

    Attributes:
        name: of what they were learned from and how; fits on two machines have one name.
        pairs: whose collision-induced absorption belongs to them.
    """

    name: str
    pairs: tuple[str, ...]


def read_fitted(directory: str | Path) -> FittedDirectory | None:
    """What a directory says; None where its opacities were not learned.

    Raises:
        HarnessError: `fitted.json` is damaged, or a file of the directory is not the one that was written.
    """
    path = Path(directory) / FITTED
    if not path.is_file():
        return None
    try:
        said = json.loads(read_text(path, MIB))
        name, pairs, files = said["name"], said["pairs"], said["files"]
        whole = (
            isinstance(name, str)
            and name.isalnum()
            and len(name) <= 64
            and isinstance(pairs, list)
            and all(isinstance(pair, str) and len(pair) <= 20 for pair in pairs)
            and isinstance(files, dict)
            and sorted(f"{pair}.cia" for pair in pairs)
            == sorted(file for file in files if file.endswith(".cia"))
        )
        if not whole:
            raise ValueError("of another form")
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise HarnessError(
            f"{path} is not what 'harness opacities fit' wrote ({type(error).__name__}); fit them again, or "
            "remove the file to use the opacities beside it as any others."
        ) from error
    if digests(directory) != files:
        raise HarnessError(
            f"The opacities of {directory} are not those that were fitted: a file was changed, added or "
            f"removed. Fit them again, or remove {path} to use them as any others."
        )
    return FittedDirectory(name, tuple(pairs))


def fitted_pairs(directory: str | Path) -> tuple[str, ...]:
    """The pairs whose collision-induced absorption belongs to a directory; none where it was not learned.

    Raises:
        HarnessError: as for `read_fitted`.
    """
    fitted = read_fitted(directory)
    return () if fitted is None else fitted.pairs


def write_fitted(directory: Path, name: str, pairs: Sequence[str], about: dict[str, Any]) -> None:
    """Write what `read_fitted` reads, once the opacities are written.

    Arguments:
        about: for people to read.
    """
    said = {"name": name, "pairs": list(pairs), "files": digests(directory), **about}
    (directory / FITTED).write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def digests(directory: str | Path) -> dict[str, str]:
    """A hash of each file of opacities in a directory, by its name."""
    files = [file for pattern in PATTERNS for file in sorted(Path(directory).glob(pattern))]
    return {file.name: _digest(file) for file in files}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
