"""A dataset of a stranger's HDF5 file: its numbers lie in the file, and are as many as it says."""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5s, h5t, h5z
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.untrusted.files import MIB
from harness.untrusted.hdf5_reading import attribute_of, explained
from harness.untrusted.words import excerpt

# A dataset may be this much larger than what the file holds of it; gzip makes zeros a thousand times smaller.
MOST_PACKED = 200
MOST_UNWRITTEN = 64 * MIB  # bytes that it may have however little the file holds of it
MOST_OF_A_CHUNK = 64 * MIB  # bytes, unpacked
UNCHECKED = MIB // 2  # a packed chunk of so many bytes or fewer is safe whatever comes out of it


class Hdf5Dataset:
    """A dataset that may be read.

    Attributes:
        where: the file and the place in it, for messages.
        shape: (0,) for one that is declared empty and has none.

    Raises:
        HarnessError: it points into another file, needs a filter that is not here, or would unpack to more
            than it can hold.
    """

    def __init__(self, identifier: h5d.DatasetID, path: Path, where: str, size_of_file: int) -> None:
        self.identifier = identifier
        self.path = path
        self.where = where
        with explained(path):
            shape, kind = identifier.shape, identifier.get_type()
            self.shape: tuple[int, ...] = (0,) if shape is None else tuple(shape)
            self._class: int = kind.get_class()
            self._item: int = kind.get_size()  # bytes of a value
            if identifier.get_offset() is None:  # else it lies in this file, in one piece
                self._check_storage()
            else:
                self._refuse_more_than(size_of_file)

    @property
    def holds_numbers(self) -> bool:
        """Whether its values are real numbers."""
        return self._class in (h5t.INTEGER, h5t.FLOAT)

    @property
    def is_wide(self) -> bool:
        """Whether it holds numbers that float32 does not."""
        return self._class != h5t.FLOAT or self._item > np.dtype(np.float32).itemsize

    def attribute(self, name: str) -> Any:
        """An attribute of it, None where there is none.

        Raises:
            HarnessError: it cannot be read.
        """
        return attribute_of(self.identifier, name, self.path, self.where)

    def read_into(self, array: NDArray[Any]) -> None:
        """Read it into a contiguous array of the same shape, converted to its type.

        Raises:
            HarnessError: it has another shape, does not hold real numbers, or is damaged.
        """
        if self.shape != array.shape:  # never read on: HDF5 would write past the end of the array
            raise HarnessError(f"{self.where} has shape {self.shape}; expected {array.shape}.")
        self._require_numbers()
        with explained(self.path):
            if array.size:
                self.identifier.read(h5s.ALL, h5s.ALL, array)

    def numbers(self, kind: type[np.generic] = np.float64) -> NDArray[Any]:
        """All of it as real numbers (float64 unless told otherwise).

        Raises:
            HarnessError: it does not hold real numbers, or is damaged.
        """
        with explained(self.path):
            array = np.empty(self.shape, dtype=kind)
        self.read_into(array)
        return array

    def rows(self, index: int) -> NDArray[np.float64]:
        """The part of it at one position of its first dimension.

        Raises:
            HarnessError: it does not hold real numbers, or is damaged.
        """
        self._require_numbers()
        with explained(self.path):
            return np.asarray(h5py.Dataset(self.identifier)[index], dtype=np.float64)

    def texts(self) -> list[str]:
        """All of it as texts, one after the other.

        Raises:
            HarnessError: it does not hold texts, or they are not UTF-8.
        """
        if self._class != h5t.STRING:
            raise HarnessError(f"{self.where} does not hold texts.")
        with explained(self.path):
            values = np.asarray(h5py.Dataset(self.identifier)[()], dtype=object).ravel()
        try:
            return [value.decode() if isinstance(value, bytes) else str(value) for value in values]
        except UnicodeDecodeError as error:
            raise HarnessError(f"{self.where} holds text that is not UTF-8.") from error

    def _require_numbers(self) -> None:
        if not self.holds_numbers:
            raise HarnessError(f"{self.where} does not hold numbers.")

    def _check_storage(self) -> None:
        creation = self.identifier.get_create_plist()
        layout = creation.get_layout()
        if layout == h5d.VIRTUAL or creation.get_external_count():
            raise HarnessError(f"{self.where} points into another file; write its numbers into this one.")
        if layout == h5d.CHUNKED:
            self._check_filters(creation)
            self._check_chunks(creation.get_chunk())
        self._refuse_more_than(max(MOST_UNWRITTEN, MOST_PACKED * self.identifier.get_storage_size()))

    def _check_filters(self, creation: Any) -> None:
        for code, _, _, name in (creation.get_filter(i) for i in range(creation.get_nfilters())):
            if not h5z.filter_avail(code):  # HDF5 itself says that some folder cannot be opened
                called = name.decode(errors="replace") or "without a name"
                raise HarnessError(
                    f"{self.where} is compressed with the HDF5 filter '{excerpt(called)}' ({code}), which is "
                    "not installed here; where it is (the package hdf5plugin brings most), write the file "
                    "anew with gzip, as h5repack -f GZIP=4 OLD NEW does."
                )

    def _check_chunks(self, chunk: tuple[int, ...]) -> None:
        """Refuse a chunk that unpacks to more than its shape: HDF5 unpacks all of it before it looks."""
        n_bytes = math.prod(chunk) * self._item
        if n_bytes > MOST_OF_A_CHUNK:
            raise HarnessError(f"{self.where} is stored in chunks of {chunk}; use smaller ones.")
        stored: list[tuple[tuple[int, ...], int]] = []
        self.identifier.chunk_iter(lambda found: stored.append((found.chunk_offset, found.size)))
        for offset, size in stored:
            if size <= UNCHECKED:
                continue
            if size > 1.01 * n_bytes + 4096 or self._unpacks_beyond(offset, n_bytes):
                raise HarnessError(
                    f"{self.where} holds a chunk that unpacks to more than its shape {chunk} says; "
                    "the file is damaged, or made to exhaust the memory."
                )

    def _unpacks_beyond(self, offset: tuple[int, ...], n_bytes: int) -> bool:
        creation = self.identifier.get_create_plist()
        codes = [creation.get_filter(i)[0] for i in range(creation.get_nfilters())]
        if h5z.FILTER_DEFLATE not in codes:
            return False
        mask, packed = self.identifier.read_direct_chunk(offset)
        if mask >> codes.index(h5z.FILTER_DEFLATE) & 1:
            return False
        return len(zlib.decompressobj().decompress(packed, n_bytes + 1)) > n_bytes

    def _refuse_more_than(self, most: int) -> None:
        n_bytes = math.prod(self.shape) * self._item
        if n_bytes > most:
            raise HarnessError(
                f"{self.where} has shape {self.shape}, {n_bytes / MIB:,.0f} MiB of values, of which the file "
                "holds next to nothing; it was never written, or is made to exhaust the memory."
            )
