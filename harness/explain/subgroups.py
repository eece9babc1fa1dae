"""Which planets a method fails on: groups by star, planet, spectrum and kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.data.arrays import Array
from harness.data.schema import Schema
from harness.data.split import MATCHED, Split
from harness.explain.inquiry import standard_errors
from harness.figures import planet_numbers
from harness.figures.wording import Quantity

PARTS = 4  # that planets are divided into by each number
LEAST = 8  # planets of a group
CLEAR = 3.0  # standard errors, of many planets: of some eighty groups, chance puts a fifth of one beyond it


@dataclass(frozen=True)
class Subgroup:
    """Planets that have something in common.

    Attributes:
        name: what it is.
        planets: how many.
        score: their mean score, and its standard error.
        error: of the mean.
        difference: of their mean score from that of the others, in units of its standard error.
        freedom: degrees of freedom of that standard error.
    """

    name: str
    planets: int
    score: float
    error: float
    difference: float
    freedom: float

    @property
    def fails(self) -> bool:
        """Whether it is clearly worse than the others."""
        return self.difference < -standard_errors(CLEAR, self.freedom)


def subgroups(schema: Schema, planets: Split, score: Array) -> tuple[Subgroup, ...]:
    """Groups of planets, the worst against the others first.

    Quarters by each parameter, auxiliary column, mean depth, mean noise and size of features: of the planets
    of the partition "matched" where there are partitions, and each other partition against that one.

    Arguments:
        schema: of the challenge.
        planets: that were scored.
        score: of each (N,), higher is better.
    """
    partitions = planets.partitions()
    usual = np.arange(len(planets))
    found = []
    if MATCHED in partitions:
        usual = partitions[MATCHED]
        for name, rows in partitions.items():
            if name != MATCHED and len(rows) >= LEAST:
                found.append(_subgroup(f"kind: {name}", score[rows], score[usual]))
    among, own = planets[usual], score[usual]
    for name, inside in _quarters(schema, among):
        if LEAST <= inside.sum() <= len(inside) - LEAST:
            found.append(_subgroup(name, own[inside], own[~inside]))
    return tuple(sorted(found, key=lambda group: group.difference))


def _quarters(schema: Schema, planets: Split) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Names and masks (N,) of the planets between the quartiles of each number."""
    numbers = [
        *planet_numbers.parameters(schema),
        *planet_numbers.auxiliary(schema),
        *planet_numbers.from_spectra(schema),
    ]
    for quantity, number in numbers:
        values = number(planets)
        if values is None or not np.isfinite(values).all() or values.min() == values.max():
            continue
        edges = np.unique(np.quantile(values, np.linspace(0, 1, PARTS + 1)))
        part = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
        for i in range(len(edges) - 1):
            yield _named(quantity, float(edges[i]), float(edges[i + 1])), part == i


def _named(quantity: Quantity, low: float, high: float) -> str:
    unit = f" {quantity.unit}" if quantity.unit else ""
    return f"{quantity.name} {quantity.number(low)} to {quantity.number(high)}{unit}"


def _subgroup(name: str, own: Array, others: Array) -> Subgroup:
    error = float(own.std(ddof=1) / np.sqrt(len(own)))
    beside = float(others.std(ddof=1) / np.sqrt(len(others)))
    both = float(np.hypot(error, beside))
    difference = float(own.mean() - others.mean()) / both if both > 0 else 0.0
    # Welch 1947, Biometrika 34, 28
    parts = error**4 / (len(own) - 1) + beside**4 / (len(others) - 1)
    freedom = both**4 / parts if parts > 0 else 1.0
    return Subgroup(name, len(own), float(own.mean()), error, difference, freedom)
