"""Spectra in .npz files of numpy: arrays with names, read as data and checked."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from harness.errors import HarnessError
from harness.files.named_arrays import NamedArray, table_of_arrays
from harness.files.text_table import MOST_BYTES, TextTable
from harness.untrusted.files import MIB, read_bytes

_MOST_ARRAYS = 1000


def read_npz_table(path: Path) -> TextTable:
    """The arrays along the wavelength as columns, and the covariance among them.

    Raises:
        HarnessError: the file is missing, damaged, too large, or has no such arrays.
    """
    content = read_bytes(path, MOST_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if one.filename.endswith(".npy")]
            unpacked = sum(one.file_size for one in members)
            if unpacked > MOST_BYTES or len(members) > _MOST_ARRAYS:
                raise HarnessError(
                    f"{path} unpacks to {unpacked / MIB:,.0f} MiB in {len(members):,} arrays, far more than "
                    "a spectrum has."
                )
            arrays = {one.filename.removesuffix(".npy"): archive.read(one) for one in members}
        found = [
            (name, np.lib.format.read_array(io.BytesIO(stored), allow_pickle=False))
            for name, stored in arrays.items()
        ]
    except HarnessError:
        raise
    except Exception as error:  # a damaged header raises whatever Python's parser or numpy come across
        raise HarnessError(f"{path} is not a readable .npz file, or is cut off; copy it again.") from error
    numbers = [
        NamedArray(name, None, array.astype(np.float64)) for name, array in found if array.dtype.kind in "fiu"
    ]
    words = [NamedArray(name, None, array) for name, array in found if array.dtype.kind == "U"]
    if not numbers:
        raise HarnessError(f"{path} has no array of real numbers.")
    return table_of_arrays(path, [*numbers, *words])
