"""Find the opacity files of a directory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

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
PATTERNS = (*(pattern for pattern, _ in READERS), "*.cia")  # of all files of opacities
Table = TypeVar("Table", CrossSections, CollisionInducedAbsorption)
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


@dataclass(frozen=True)
class Survey(Generic[Table]):
    """The tables of one kind in a directory.

    Arguments:
        found: by molecule or pair, in the order of their names.
        left_out: for each file that cannot be read a sentence that names it and says why.
    """

    found: dict[str, Table]
    left_out: dict[Path, str]

    def all(self) -> dict[str, Table]:
        """What was found, where that is all there is or at least something.

        Raises:
            HarnessError: not one of the files can be read; says why the first cannot.
        """
        if self.left_out and not self.found:
            raise HarnessError(next(iter(self.left_out.values())))
        return self.found

    def why_without(self, name: str) -> str:
        """Why a molecule or pair is missing, as far as a file that was left out may be its own."""
        own = re.compile(rf"(^|opac|[^A-Za-z0-9]){re.escape(name)}([^A-Za-z0-9]|$)")
        likely = [sentence for path, sentence in self.left_out.items() if own.search(path.stem)]
        sentences = likely or list(self.left_out.values())
        return f" (a file is left out: {sentences[0].rstrip('.')})" if sentences else ""


def survey_cross_sections(directory: str | Path) -> Survey[CrossSections]:
    """Every table of cross-sections in a directory, by molecule, and the files that are left out.

    Raises:
        HarnessError: the directory is missing, or two files hold one molecule.
    """
    return _survey(existing_directory(directory, "opacities"), READERS, lambda table: table.molecule)


def survey_cia(directory: str | Path) -> Survey[CollisionInducedAbsorption]:
    """Every table of collision-induced absorption in a directory, by pair, and the files that are left out.

    Raises:
        HarnessError: the directory is missing, or two files hold one pair.
    """
    path = existing_directory(directory, "collision-induced absorption")
    return _survey(path, (("*.cia", read_hitran_cia),), lambda table: table.pair)


def _survey(
    directory: Path,
    readers: Iterable[tuple[str, Callable[[Path], Table]]],
    name_of: Callable[[Table], str],
) -> Survey[Table]:
    found: dict[str, Table] = {}
    left_out: dict[Path, str] = {}
    for pattern, read in readers:
        for file in sorted(directory.glob(pattern)):
            try:
                table = read(file)
            except HarnessError as error:
                left_out[file] = str(error)
                continue
            if (name := name_of(table)) in found:
                raise HarnessError(f"{found[name].path} and {file} both hold {name}; keep one of them.")
            found[name] = table
    return Survey(dict(sorted(found.items())), left_out)


def find_cross_sections(directory: str | Path) -> dict[str, CrossSections]:
    """Every table of cross-sections in a directory that can be read, by molecule.

    Raises:
        HarnessError: the directory is missing, none of its files can be read, or two hold one molecule.
    """
    return survey_cross_sections(directory).all()


def select_cross_sections(directory: str | Path, gases: Iterable[str]) -> list[CrossSections]:
    """The tables of the gases asked for, in their order.

    Raises:
        HarnessError: as for `find_cross_sections`, or a molecule has no file.
    """
    survey = survey_cross_sections(directory)
    found = survey.all()
    for gas in gases:
        if gas not in found:
            there = f"only those of {', '.join(found)}" if found else "nor of any other molecule"
            raise HarnessError(
                f"{directory} holds no cross-sections of {gas}, {there}{_pickled(Path(directory))}"
                f"{survey.why_without(gas)}; add a file of them."
            )
    return [found[gas] for gas in gases]


def unsaid_units(tables: Iterable[CrossSections]) -> str | None:
    """A sentence about units that files do not say and that are taken as their format has them, or None."""
    silent = [table for table in tables if table.unsaid]
    if not silent:
        return None
    others = f" (and {len(silent) - 1} more)" if len(silent) > 1 else ""
    return (
        f"{silent[0].path}{others} does not say its units: taken are {' and '.join(silent[0].unsaid)}, as in "
        f"{silent[0].format}."
    )


def find_cia(directory: str | Path) -> dict[str, CollisionInducedAbsorption]:
    """Every table of collision-induced absorption in a directory that can be read, by pair.

    Raises:
        HarnessError: the directory is missing, none of its files can be read, or two hold one pair.
    """
    return survey_cia(directory).all()


def select_cia(directory: str | Path | None, pairs: Iterable[str]) -> list[CollisionInducedAbsorption]:
    """The tables of the pairs asked for, in their order and each once; no directory is needed for none.

    Raises:
        HarnessError: as for `find_cia`, or a pair has no file.
    """
    wanted = list(dict.fromkeys(pairs))
    if not wanted:
        return []
    if directory is None:
        raise HarnessError(
            f"The pair {wanted[0]} of collision-induced absorption needs a directory of .cia files; name one."
        )
    survey = survey_cia(directory)
    found = survey.all()
    for pair in wanted:
        if pair not in found:
            there = ", ".join(found) or "none"
            raise HarnessError(
                f"{directory} holds no .cia file of {pair}{nearest_match(pair, found)}; "
                f"it has those of: {there}{_pickled(Path(directory))}{survey.why_without(pair)}."
            )
    return [found[pair] for pair in wanted]


def _pickled(directory: Path) -> str:
    pickles = sorted(file.name for pattern in PICKLES for file in directory.glob(pattern))
    if not pickles:
        return ""
    return f" ({pickles[0]} is a pickle, which can run code and is never loaded; use HDF5 or .cia)"
