"""HDF5 files with one group per planet, read with errors that name the file and the planet."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.untrusted.hdf5 import Hdf5File, Hdf5Group
from harness.untrusted.hdf5_dataset import Hdf5Dataset
from harness.untrusted.words import excerpt

PREFIX = "Planet_"  # of every group's name; the planet's id follows

_CACHE = 2**20  # bytes


class PlanetFile:
    """An open HDF5 file with groups `Planet_{planet id}`.

    Raises:
        HarnessError: the file is missing, cut off, or not HDF5.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = Hdf5File(path)
        self._file.limit_cache(_CACHE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.__exit__()

    def names(self) -> list[str]:
        """The names of everything at the top of the file, in the file's own order."""
        return self._file.root.names()

    def attribute(self, name: str) -> Any:
        """An attribute of the file as a whole, None where there is none.

        Raises:
            HarnessError: it cannot be read.
        """
        return self._file.root.attribute(name)

    def planet(self, planet: str) -> PlanetGroup:
        """The group of a planet."""
        return self.group(PREFIX + planet, planet)

    def group(self, name: str, planet: str) -> PlanetGroup:
        """The group `name`, which holds `planet`.

        Raises:
            HarnessError: it cannot be opened, or is not a group.
        """
        return PlanetGroup(self._file.root.group(name, f"{self.path}, planet {planet}"), planet)

    def require_planets(self, planets: Collection[str], listed_in: Path, without: str = "") -> None:
        """Check that the file has exactly one group for each planet of a table.

        Arguments:
            planets: of the table.
            listed_in: the table.
            without: what the group of a planet holds that has nothing here, for messages.

        Raises:
            HarnessError: a planet is in one file and not in the other.
        """
        expected = {PREFIX + planet: planet for planet in planets}
        found = self.names()
        have = set(found)
        missing = [planet for name, planet in expected.items() if name not in have]
        if missing:
            raise HarnessError(
                f"Planet {missing[0]} is in {listed_in} but {self.path} has no group '{PREFIX}{missing[0]}'"
                f"{_how_many(missing)}; both files must hold the same planets{without and f', {without}'}."
            )
        extra = [name for name in found if name not in expected]
        if extra:
            raise HarnessError(
                f"{self.path} has a group '{excerpt(extra[0])}' but {listed_in} lists no planet "
                f"{excerpt(extra[0].removeprefix(PREFIX))}{_how_many(extra)}; "
                "both files must hold the same planets."
            )


class PlanetGroup:
    """The datasets of one planet.

    Attributes:
        planet: its id.
        where: the file and the planet, for messages.
    """

    def __init__(self, group: Hdf5Group, planet: str) -> None:
        self.group = group
        self.planet = planet

    @property
    def path(self) -> Path:
        """The file."""
        return self.group.path

    @property
    def where(self) -> str:
        return self.group.where

    def dataset(self, name: str) -> Hdf5Dataset:
        """A dataset of the planet.

        Raises:
            HarnessError: there is none of that name, it points elsewhere, or it cannot be read.
        """
        return self.group.dataset(name)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a dataset; (0,) for one that is declared empty and has none."""
        return self.dataset(name).shape

    def read(self, name: str, into: NDArray[np.floating]) -> None:
        """Read a dataset into a contiguous array of the same shape, converted to its type.

        Raises:
            HarnessError: the dataset is missing, of another shape, not of numbers, or damaged.
        """
        self.dataset(name).read_into(into)

    def attribute(self, name: str) -> Any:
        """An attribute of the group, None where there is none.

        Raises:
            HarnessError: it cannot be read.
        """
        return self.group.attribute(name)


def _how_many(names: list[str]) -> str:
    return f" (nor for {len(names) - 1:,} more)" if len(names) > 1 else ""
