"""Arrays in .npy files, read as data and checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.untrusted.files import MIB, require_file

MOST_BYTES = 512 * MIB


def read_numbers(
    path: Path, shape: tuple[int | None, ...], positive: str | None = None
) -> NDArray[np.float64]:
    """Read an array of real numbers in float64.

    Arguments:
        path: a .npy file.
        shape: the expected shape, None where any length of at least 1 will do.
        positive: what the numbers are ("a wavelength in micrometres") if they must be positive.

    Raises:
        HarnessError: the file is missing, cut off or not an array, has another shape, or holds a
            number that is not finite (or not positive).
    """
    array = load_array(path)
    if not matches(array.shape, shape):
        raise HarnessError(f"{path} has shape {array.shape}; expected {_written(shape)}.")
    bad = ~np.isfinite(array) if positive is None else ~(np.isfinite(array) & (array > 0))
    if bad.any():
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f"row {at[0]}, column {at[1]}" if len(at) == 2 else f"position {at[0]}"
        wanted = "a finite number" if positive is None else f"{positive}, positive and finite"
        raise HarnessError(f"{path} holds {array[at]:g} in {place}; expected {wanted}.")
    return array


def load_array(path: Path) -> NDArray[np.float64]:
    """Load a .npy file of real numbers, whatever its shape, without trusting it.

    Raises:
        HarnessError: the file is missing, cut off, or not an array of numbers.
    """
    size = require_file(path)
    if size > MOST_BYTES:
        raise HarnessError(
            f"{path} has {size / MIB:,.0f} MiB; at most {MOST_BYTES / MIB:,.0f} MiB are read of such a file."
        )
    try:
        with path.open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except Exception as error:  # a damaged header raises whatever Python's parser or numpy come across
        raise HarnessError(f"{path} is not a readable .npy file, or is cut off; copy it again.") from error
    if array.dtype.kind not in "fiu":
        raise HarnessError(f"{path} does not hold an array of real numbers.")
    numbers: NDArray[np.float64] = array.astype(np.float64)
    return numbers


def matches(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    """Whether a shape is the expected one, None standing for any length of at least 1."""
    return len(shape) == len(expected) and all(
        length == wanted if wanted is not None else length > 0
        for length, wanted in zip(shape, expected, strict=True)
    )


def _written(shape: tuple[int | None, ...]) -> str:
    inside = ", ".join("N" if length is None else str(length) for length in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"
