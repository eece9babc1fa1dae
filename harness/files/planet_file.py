"""HDF5 files with one group per planet, read with errors that name the file and the planet.

Tens of thousands of small groups are read through h5py's low-level interface: the convenient one
takes three times as long for the same bytes.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Self

import h5py
import numpy as np
from h5py import h5d, h5g, h5s
from numpy.typing import NDArray

from harness.errors import HarnessError, nearest_match
from harness.physics.hdf5_filters import require_filters

PREFIX = "Planet_"  # of every group's name; the planet's id follows

_CACHE = 2**20  # bytes


class PlanetFile:
    """An open HDF5 file with groups `Planet_{planet id}`.

    Raises:
        HarnessError: the file is missing, cut off, or not HDF5.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise HarnessError(f"{path} is missing.")
        try:
            self.file = h5py.File(path, "r")
        except OSError as error:
            raise HarnessError(f"{path} is {_what_is_wrong(error)}") from error
        _limit_cache(self.file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def names(self) -> list[str]:
        """The names of everything at the top of the file, in the file's own order."""
        try:
            return list(self.file)
        except RuntimeError as error:
            raise self.damaged() from error

    def planet(self, planet: str) -> PlanetGroup:
        """The group of a planet."""
        return self.group(PREFIX + planet, planet)

    def group(self, name: str, planet: str) -> PlanetGroup:
        """The group `name`, which holds `planet`.

        Raises:
            HarnessError: it cannot be opened, or is not a group.
        """
        try:
            return PlanetGroup(self, planet, h5g.open(self.file.id, name.encode()))
        except (KeyError, OSError, RuntimeError, ValueError) as error:
            raise HarnessError(
                f"{self.path}: '{name}' of planet {planet} is not a readable group."
            ) from error

    def require_planets(self, planets: Collection[str], listed_in: Path) -> None:
        """Check that the file has exactly one group for each planet of a table.

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
                f"{_how_many(missing)}; both files must hold the same planets."
            )
        extra = [name for name in found if name not in expected]
        if extra:
            raise HarnessError(
                f"{self.path} has a group '{extra[0]}' but {listed_in} lists no planet "
                f"{extra[0].removeprefix(PREFIX)}{_how_many(extra)}; both files must hold the same planets."
            )

    def damaged(self) -> HarnessError:
        return HarnessError(
            f"{self.path} is damaged and cannot be read to its end; download or copy it again."
        )


class PlanetGroup:
    """The datasets of one planet."""

    def __init__(self, file: PlanetFile, planet: str, identifier: h5g.GroupID) -> None:
        self.file = file
        self.planet = planet
        self.identifier = identifier

    @property
    def where(self) -> str:
        """The file and the planet, for messages."""
        return f"{self.file.path}, planet {self.planet}"

    def dataset(self, name: str) -> h5d.DatasetID:
        """An open dataset.

        Raises:
            HarnessError: there is none of that name.
        """
        try:
            return h5d.open(self.identifier, name.encode())
        except (KeyError, OSError, RuntimeError) as error:
            try:
                present = sorted(key.decode(errors="replace") for key in self.identifier)
            except RuntimeError:
                raise self.file.damaged() from error
            if name in present:
                raise self.file.damaged() from error
            raise HarnessError(
                f"{self.where} has no dataset '{name}'{nearest_match(name, present)}; "
                f"it has {', '.join(present) or 'none'}."
            ) from error

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a dataset."""
        return shape_of(self.dataset(name))

    def read(self, name: str, into: NDArray[np.floating]) -> None:
        """Read a dataset into a contiguous array of the same shape, converted to its type.

        Raises:
            HarnessError: the dataset is missing, of another shape, not of numbers, compressed with a filter
                that is not installed, or damaged.
        """
        dataset = self.dataset(name)
        shape = shape_of(dataset)
        if shape != into.shape:  # never read on: HDF5 would write past the end of the array
            raise HarnessError(f"{self.where}: '{name}' has shape {shape}; expected {into.shape}.")
        try:
            dataset.read(h5s.ALL, h5s.ALL, into)
        except (TypeError, ValueError) as error:
            raise HarnessError(f"{self.where}: '{name}' does not hold numbers.") from error
        except (OSError, RuntimeError) as error:
            if "conversion path" in str(error):
                raise HarnessError(f"{self.where}: '{name}' does not hold numbers.") from error
            require_filters(dataset, f"{self.where}: '{name}'")
            raise self.file.damaged() from error


def shape_of(dataset: h5d.DatasetID) -> tuple[int, ...]:
    """The shape of an open dataset; (0,) for one that is declared empty and has none."""
    shape = dataset.shape
    return (0,) if shape is None else tuple(shape)


def _how_many(names: list[str]) -> str:
    return f" (nor for {len(names) - 1:,} more)" if len(names) > 1 else ""


def _limit_cache(file: h5py.File) -> None:
    """Keep HDF5 from holding on to the structure of every group that was ever open.

    It would take 350 MB for the 41,423 groups of the release, and no group is opened more than twice.
    """
    settings = file.id.get_mdc_config()
    settings.set_initial_size = True
    settings.initial_size = settings.min_size = settings.max_size = _CACHE
    settings.incr_mode = settings.flash_incr_mode = settings.decr_mode = 0  # never grow, never shrink
    file.id.set_mdc_config(settings)


def _what_is_wrong(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "not readable: permission is denied."
    if "truncated file" in str(error) or "eof" in str(error):
        return "cut off before its end; download or copy it again."
    return "not an HDF5 file, or its beginning is damaged; download or copy it again."
