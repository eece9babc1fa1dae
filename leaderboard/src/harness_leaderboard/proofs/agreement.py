"""Whether what was computed again is what a record says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.data.record import EstimateRecord, ScoreRecord

RELATIVE = 1e-5  # of a number: what other processors and libraries may round differently
OF_ERROR = 1e-3  # of the standard error: what nobody could see


def differences(recorded: ScoreRecord, again: ScoreRecord) -> Iterator[str]:
    """Where two scores by one scorer differ: "ariel: 614.2 in the record, 598.1 rescored"."""
    name = recorded.scorer.name
    if recorded.n_planets != again.n_planets:
        yield f"{name}: of {recorded.n_planets:,} planets in the record, of {again.n_planets:,} rescored"
    if recorded.higher_is_better != again.higher_is_better:
        yield f"{name}: what is better is the other way round in the record"
    yield from _of_estimate(name, recorded.whole, again.whole)
    for what, ours, theirs in (
        ("/", recorded.parts, again.parts),
        (" on ", recorded.partitions, again.partitions),
    ):
        for part in dict.fromkeys([*ours, *theirs]):
            called = f"{name}{what}{part}"
            if part not in theirs:
                yield f"{called}: in the record alone"
            elif part not in ours:
                yield f"{called}: not in the record"
            else:
                yield from _of_estimate(called, ours[part], theirs[part])


def _of_estimate(name: str, recorded: EstimateRecord, again: EstimateRecord) -> Iterator[str]:
    error = again.standard_error
    if not agree(recorded.value, again.value, error):
        yield f"{name}: {_shown(recorded.value)} in the record, {_shown(again.value)} rescored"
    if not agree(recorded.standard_error, error, error):
        said = _shown(recorded.standard_error)
        yield f"{name}: standard error {said} in the record, {_shown(error)} rescored"


def agree(one: float | None, other: float | None, error: float | None) -> bool:
    """Whether two numbers are equal but for rounding; None only agrees with None."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= max(RELATIVE * max(abs(one), abs(other)), OF_ERROR * abs(error or 0.0))


def planets_apart(recorded: NDArray[np.float64], again: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which of N planets have another score in the table of planets than what was computed again."""
    finite = again[np.isfinite(again)]
    # of the middle of the planets: one that is far off is no excuse for the others
    scatter = float(np.median(np.abs(finite - np.median(finite)))) if len(finite) else 0.0
    close = np.isclose(recorded, again, rtol=RELATIVE, atol=max(OF_ERROR * scatter, 1e-12), equal_nan=True)
    return np.flatnonzero(~close)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"
