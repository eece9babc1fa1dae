"""The covariance of a spectrum's depths, brought to their unit and checked."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.files.column_names import fraction
from harness.files.text_table import Covariance

Array = NDArray[np.float64]

_SQUARED = re.compile(r"\(?(.+?)\)?\s*(\^|\*\*)?\s*\(?2\)?")
_MOST_UNLIKE = 2.0  # times, of the errors of a file and the root of its covariance's diagonal
_ASYMMETRY = 1e-6
_LARGEST = 1e100  # of a number


def scaled_covariance(
    path: Path, found: Covariance, scale: float, slope: Array | float, kept: NDArray[np.bool_]
) -> Array:
    """The covariance of the rows that are kept, in fractions of the star's light squared (K, K).

    Arguments:
        path: the file.
        found: as the file has it (N, N).
        scale: what brings errors of the file to fractions, where the covariance has no unit of its own.
        slope: of the depth by what the file has in its place, one or for each row (N,).
        kept: the rows (N,).

    Raises:
        HarnessError: its unit is not known, or it is not finite, symmetric and positive definite.
    """
    if found.unit is not None and found.unit.strip():
        squared = _SQUARED.fullmatch(found.unit.strip())
        own = fraction(squared[1]) if squared else fraction(found.unit)
        if own is None:
            raise HarnessError(
                f"The covariance of {path} is in '{found.unit}', which is not the square of a unit of depths "
                "known here; expected such as ppm2."
            )
        scale = own
    factors = np.broadcast_to(np.asarray(scale * slope, dtype=np.float64), (len(kept),))
    possible = np.where(np.abs(found.values) < _LARGEST, found.values, np.nan)
    values: Array = (possible * factors[:, None] * factors)[np.ix_(kept, kept)]
    if not np.isfinite(values).all():
        raise HarnessError(
            f"The covariance of {path} has values that are not finite; leave these channels out of the file."
        )
    if np.abs(values - values.T).max(initial=0) > _ASYMMETRY * np.abs(values).max(initial=0):
        raise HarnessError(f"The covariance of {path} is not symmetric.")
    try:
        np.linalg.cholesky(values)
    except np.linalg.LinAlgError as error:
        raise HarnessError(
            f"The covariance of {path} is not positive definite, as no measurement's is; was it rounded, or "
            "estimated from too few draws?"
        ) from error
    return values


def covariance_note(path: Path, covariance: Array, error: Array) -> str:
    """What the covariance says beside the errors of a file (K,), in a sentence.

    Raises:
        HarnessError: they differ by more than twice, so that one of them has another unit.
    """
    own = np.sqrt(np.diag(covariance))
    ratio = float(np.nanmedian(own / np.where(error > 0, error, np.nan)))
    if not 1 / _MOST_UNLIKE < ratio < _MOST_UNLIKE:
        raise HarnessError(
            f"The errors of {path} and the diagonal of its covariance differ by {ratio:.3g} times; check "
            "their units, as --units error=ppm."
        )
    correlation = covariance / own[:, None] / own
    np.fill_diagonal(correlation, 0)
    strongest = float(correlation.flat[np.abs(correlation).argmax()])
    beside = "" if abs(ratio - 1) < 0.02 else f"; its errors are {ratio:.3g} times those of the column"
    return (
        f"channels have a covariance (correlations up to {strongest:.2f}), which harness retrieve uses in "
        f"place of the errors{beside}"
    )
