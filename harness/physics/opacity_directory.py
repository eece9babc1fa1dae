"""Find the opacity files of a directory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.errors import HarnessError, nearest_match
from harness.physics.cross_sections import CrossSections
from harness.physics.exo_transmit import read_exo_transmit
from harness.physics.hdf5_cross_sections import read_hdf5_cross_sections
from harness.physics.hitran_cia import CollisionInducedAbsorption, read_hitran_cia

READERS = (
    ("*.h5", read_hdf5_cross_sections),
    ("*.hdf5", read_hdf5_cross_sections),
    ("opac*.dat", read_exo_transmit),
)
PICKLES = ("*.pickle", "*.TauREx.pickle", "*.db")


def existing_directory(directory: str | Path, holds: str) -> Path:
    """The directory as a path.

    Raises:
        HarnessError: it does not exist or is a file.
    """
    path = Path(directory)
    if not path.is_dir():
        state = "is a file" if path.exists() else "does not exist"
        raise HarnessError(f"The directory of {holds}, {path}, {state}; name one that holds them.")
    return path


def find_cross_sections(directory: str | Path) -> dict[str, CrossSections]:
    """Every table of cross-sections in a directory, by molecule.

    Raises:
        HarnessError: the directory is missing, a file in it is damaged, or two files hold one molecule.
    """
    path = existing_directory(directory, "opacities")
    found: dict[str, CrossSections] = {}
    for pattern, read in READERS:
        for file in sorted(path.glob(pattern)):
            table = read(file)
            if table.molecule in found:
                raise HarnessError(
                    f"{found[table.molecule].path} and {file} both hold {table.molecule}; keep one of them."
                )
            found[table.molecule] = table
    return dict(sorted(found.items()))


def select_cross_sections(directory: str | Path, gases: Iterable[str]) -> list[CrossSections]:
    """The tables of the gases asked for, in their order.

    Raises:
        HarnessError: as for `find_cross_sections`, or a molecule has no file.
    """
    found = find_cross_sections(directory)
    for gas in gases:
        if gas not in found:
            there = f"only those of {', '.join(found)}" if found else "nor of any other molecule"
            raise HarnessError(
                f"{directory} holds no cross-sections of {gas}, {there}{_pickled(Path(directory))}; "
                "add a file of them."
            )
    return [found[gas] for gas in gases]


def find_cia(directory: str | Path) -> dict[str, CollisionInducedAbsorption]:
    """Every table of collision-induced absorption in a directory, by pair.

    Raises:
        HarnessError: the directory is missing, a file in it is damaged, or two files hold one pair.
    """
    path = existing_directory(directory, "collision-induced absorption")
    found: dict[str, CollisionInducedAbsorption] = {}
    for file in sorted(path.glob("*.cia")):
        table = read_hitran_cia(file)
        if table.pair in found:
            raise HarnessError(
                f"{found[table.pair].path} and {file} both hold {table.pair}; keep one of them."
            )
        found[table.pair] = table
    return dict(sorted(found.items()))


def select_cia(directory: str | Path | None, pairs: Iterable[str]) -> list[CollisionInducedAbsorption]:
    """The tables of the pairs asked for, in their order; no directory is needed for no pairs.

    Raises:
        HarnessError: as for `find_cia`, or a pair has no file.
    """
    wanted = list(pairs)
    if not wanted:
        return []
    if directory is None:
        raise HarnessError(
            f"The pair {wanted[0]} of collision-induced absorption needs a directory of .cia files; name one."
        )
    found = find_cia(directory)
    for pair in wanted:
        if pair not in found:
            there = ", ".join(found) or "none"
            raise HarnessError(
                f"{directory} holds no .cia file of {pair}{nearest_match(pair, found)}; "
                f"it has those of: {there}{_pickled(Path(directory))}."
            )
    return [found[pair] for pair in wanted]


def _pickled(directory: Path) -> str:
    pickles = sorted(file.name for pattern in PICKLES for file in directory.glob(pattern))
    if not pickles:
        return ""
    return f" ({pickles[0]} is a pickle, which can run code and is never loaded; use HDF5 or .cia)"
