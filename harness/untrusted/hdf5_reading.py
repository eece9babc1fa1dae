"""What HDF5, h5py and numpy raise on a damaged file, as one sentence; and attributes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
from h5py import h5a, h5d

from harness.errors import HarnessError
from harness.untrusted.files import MIB

MOST_OF_AN_ATTRIBUTE = MIB  # bytes


class explained:
    """Whatever HDF5, h5py and numpy raise in the block of this context means that the file is damaged.

    They raise what they come across, down to SystemError. A class, since a generator takes its time.

    Raises:
        HarnessError: says so.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, HarnessError):
            raise damaged(self._path) from error


def damaged(path: Path) -> HarnessError:
    """What to raise where a file cannot be read."""
    return HarnessError(f"{path} is damaged and cannot be read to its end; download or copy it again.")


def attribute_of(identifier: Any, name: str, path: Path, where: str) -> Any:
    """An attribute of a group or dataset, None where there is none.

    Raises:
        HarnessError: it cannot be read, or is far too large for one.
    """
    with explained(path):
        encoded = name.encode()
        if not h5a.exists(identifier, encoded):
            return None
        size = h5a.open(identifier, encoded).get_storage_size()
        if size > MOST_OF_AN_ATTRIBUTE:
            raise HarnessError(f"{where}: the attribute '{name}' has {size:,} bytes, far more than it needs.")
        owner = (h5py.Dataset if isinstance(identifier, h5d.DatasetID) else h5py.Group)(identifier)
        return owner.attrs[name]
