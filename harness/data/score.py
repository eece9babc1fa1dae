"""What a scorer answers: a value with its standard error, named parts, and a column over planets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor


class Estimate(NamedTuple):
    """A number with its standard error over planets."""

    value: float
    standard_error: float


def mean_over_planets(per_planet: Tensor) -> Estimate:
    """The mean of a per-planet column (N,) and its standard error, planets that are NaN left out."""
    finite = per_planet[torch.isfinite(per_planet)].double()
    if len(finite) == 0:
        return Estimate(math.nan, math.nan)
    error = float(finite.std(correction=1)) / math.sqrt(len(finite)) if len(finite) > 1 else math.nan
    return Estimate(float(finite.mean()), error)


@dataclass(frozen=True)
class Score:
    """The result of one scorer.

    Attributes:
        value, standard_error: the score and its standard error over planets.
        parts: named parts, each with its own standard error.
        per_planet: the score of each planet (N,), NaN where a planet was not scored.
        columns: of parts that are means over planets those of each planet (N,), likewise.
    """

    value: float
    standard_error: float
    per_planet: Tensor
    parts: Mapping[str, Estimate] = field(default_factory=dict)
    columns: Mapping[str, Tensor] = field(default_factory=dict)

    @classmethod
    def from_planets(cls, per_planet: Tensor, parts: Mapping[str, Tensor] | None = None) -> Score:
        """A score that is the mean of a per-planet column (N,), with parts that are likewise."""
        parts = parts or {}
        estimates = {name: mean_over_planets(column) for name, column in parts.items()}
        columns = {name: column for name, column in parts.items() if column.shape == per_planet.shape}
        return cls(*mean_over_planets(per_planet), per_planet, estimates, columns)
