"""HDF5 files of strangers: the one place where they are opened.

HDF5 lets a file point into any other file that its reader may read: by links, by external storage and by
virtual datasets; and a dataset that was never written, or is compressed, has any size in some bytes. None of
it is followed here, and whatever HDF5, h5py or numpy cannot make out is one sentence.

Tens of thousands of small groups are read through h5py's low-level interface: the convenient one takes three
times as long for the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import h5py
from h5py import h5d, h5g, h5l, h5o

from harness.errors import HarnessError, nearest_match
from harness.untrusted.files import require_file
from harness.untrusted.hdf5_dataset import Hdf5Dataset
from harness.untrusted.hdf5_reading import attribute_of, explained
from harness.untrusted.words import excerpt


class Hdf5Group:
    """A group that lies in the file itself.

    Attributes:
        path: the file.
        where: the file and the place in it, for messages.
    """

    def __init__(self, identifier: h5g.GroupID, path: Path, where: str, size: int) -> None:
        self.identifier = identifier
        self.path = path
        self.where = where
        self._size = size  # of the file in bytes
        self._links = identifier.links

    def names(self) -> list[str]:
        """The names of everything in it, in the file's own order."""
        with explained(self.path):
            return [name.decode(errors="replace") for name in self.identifier]

    def __contains__(self, name: str) -> bool:
        with explained(self.path):
            return bool(self._links.exists(name.encode(errors="replace")))

    def group(self, name: str, where: str | None = None) -> Hdf5Group:
        """A group in it; `where` is what messages call it.

        Raises:
            HarnessError: there is none, it is a link, or it cannot be read.
        """
        identifier = self._open(name, "group", h5g.open)
        return Hdf5Group(identifier, self.path, where or f"{self.where}: '{name}'", self._size)

    def dataset(self, name: str) -> Hdf5Dataset:
        """A dataset in it whose numbers lie in the file itself, and are as many as it says.

        Raises:
            HarnessError: there is none, it is a link or points elsewhere, or it cannot be read.
        """
        identifier = self._open(name, "dataset", h5d.open)
        return Hdf5Dataset(identifier, self.path, f"{self.where}: '{name}'", self._size)

    def attribute(self, name: str) -> Any:
        """An attribute of it, None where there is none.

        Raises:
            HarnessError: it cannot be read.
        """
        return attribute_of(self.identifier, name, self.path, self.where)

    def _open(self, name: str, what: str, open_it: Callable[[h5g.GroupID, bytes], Any]) -> Any:
        encoded = name.encode(errors="replace")
        try:
            if self._links.get_info(encoded).type == h5l.TYPE_HARD:  # to be known before it is followed
                return open_it(self.identifier, encoded)
        except Exception as error:
            raise self._explanation(name, what) from error
        raise HarnessError(
            f"{self.where}: '{name}' is a link to another place; write the group or dataset itself."
        )

    def _explanation(self, name: str, what: str) -> HarnessError:
        """Why something in the group cannot be opened: it is not there, is something else, or is damaged."""
        with explained(self.path):
            if name not in self:
                present = [excerpt(other) for other in sorted(self.names())]
                listed = ", ".join(present[:20]) + ("..." if len(present) > 20 else "")
                return HarnessError(
                    f"{self.where} has no {what} '{name}'{nearest_match(name, present[:1000])}; "
                    f"it has {listed or 'none'}."
                )
            h5o.open(self.identifier, name.encode(errors="replace"))
        return HarnessError(f"{self.where}: '{name}' is not a {what}; expected one.")


class Hdf5File:
    """An open HDF5 file.

    Attributes:
        path: the file.
        root: the group that holds everything.

    Raises:
        HarnessError: the file is missing, is no file, is cut off, or is not HDF5; `missing` is what to say
            more where it is not there.
    """

    def __init__(self, path: Path, missing: str = "") -> None:
        self.path = path
        size = require_file(path, missing)
        try:
            self._file = h5py.File(path, "r")
            root = self._file["/"].id
        except Exception as error:
            raise HarnessError(f"{path} is {_what_is_wrong(error)}") from error
        self.root = Hdf5Group(root, path, str(path), size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def limit_cache(self, n_bytes: int) -> None:
        """Keep HDF5 from holding on to the structure of every group that was ever open.

        It would take 350 MB for the 41,423 groups of the Ariel 2023 release, and no group is opened more than
        twice.
        """
        settings = self._file.id.get_mdc_config()
        settings.set_initial_size = True
        settings.initial_size = settings.min_size = settings.max_size = n_bytes
        settings.incr_mode = settings.flash_incr_mode = settings.decr_mode = 0  # never grow, never shrink
        self._file.id.set_mdc_config(settings)


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "not readable: permission is denied."
    if "truncated file" in str(error) or "eof" in str(error):
        return "cut off before its end; download or copy it again."
    return "not an HDF5 file, or its beginning is damaged; download or copy it again."
