"""New HDF5 files with one group per planet, on a disk that may be full.

HDF5 keeps what it could not write, tries again when the file is closed and once more when the
process ends; where a disk fills up half way, neither the error nor the end of the process can be
relied on. So the space is taken first, in a way that fails cleanly, and HDF5 then fills it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5g, h5p, h5s, h5t
from numpy.typing import NDArray

from harness.files.storage import is_disk_full

# bytes that HDF5 needs beside the data, generously (measured: 1.9 to 2.6 kB for each group)
_EMPTY_FILE = 64 * 1024
_GROUP = 4 * 1024

_ZEROS = bytes(1024 * 1024)


class PlanetFileWriter:
    """A file being filled: one call of `add` for each planet."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        # no times of creation: the same content gives the same bytes
        self._of_groups, self._of_datasets = h5p.create(h5p.GROUP_CREATE), h5p.create(h5p.DATASET_CREATE)
        for properties in (self._of_groups, self._of_datasets):
            properties.set_obj_track_times(False)

    def add(
        self,
        group: str,
        datasets: Mapping[str, NDArray[Any]],
        attributes: Mapping[str, int | float | str | list[str]] | None = None,
    ) -> None:
        """Add a group with its datasets, each in its own type, and attributes."""
        identifier = h5g.create(self._file.id, group.encode(), gcpl=self._of_groups)
        for name, values in datasets.items():
            values = np.ascontiguousarray(values)
            kind = h5t.py_create(values.dtype, logical=True)
            space = h5s.create_simple(values.shape)
            dataset = h5d.create(identifier, name.encode(), kind, space, dcpl=self._of_datasets)
            dataset.write(h5s.ALL, h5s.ALL, values)
        if attributes:
            h5py.Group(identifier).attrs.update(attributes)


@contextmanager
def new_planet_file(path: Path, n_groups: int, n_bytes: int) -> Iterator[PlanetFileWriter]:
    """A new HDF5 file for `n_groups` groups with `n_bytes` of data in all.

    The file is removed if anything goes wrong before the block ends.

    Raises:
        OSError: the disk is full, or a file may not become so large (ENOSPC, EDQUOT, EFBIG); it
            carries the file's name.
    """
    try:
        path.write_bytes(_empty_file())
        _reserve(path, _EMPTY_FILE + n_groups * _GROUP + n_bytes)
        with h5py.File(path, "r+") as file:  # what was reserved and is not needed is cut off at the end
            yield PlanetFileWriter(file)
    except BaseException as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if isinstance(error, OSError | RuntimeError) and is_disk_full(error):
            number = getattr(error, "errno", None) or errno.ENOSPC
            raise OSError(number, os.strerror(number), str(path)) from error
        raise


def _empty_file() -> bytes:
    with h5py.File("empty", "w", driver="core", backing_store=False) as file:
        file.flush()
        image: bytes = file.id.get_file_image()
    return image


def _reserve(path: Path, size: int) -> None:
    """Make the file `size` bytes long, with blocks of the disk behind every one of them."""
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
            return
        file.seek(0, os.SEEK_END)  # where the system cannot reserve: fill
        while file.tell() < size:
            file.write(_ZEROS[: size - file.tell()])
