"""What HDF5, h5py and numpy raise on a damaged file, as one sentence; and attributes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
from h5py import h5a, h5d

from harness.errors import HarnessError
from harness.untrusted.files import MIB

MOST_OF_AN_ATTRIBUTE = MIB  # bytes


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Whatever HDF5, h5py and numpy raise in this block means that the file is damaged.

    Raises:
        HarnessError: says so.
    """
    try:
        yield
    except HarnessError:
        raise
    except Exception as error:  # they raise whatever they come across, down to SystemError
        raise damaged(path) from error


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
