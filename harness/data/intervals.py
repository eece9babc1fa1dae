"""Medians and central 68% intervals, and how many of their digits mean something."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.data.posterior import Posterior
from harness.data.schema import Parameter, Schema
from harness.metrics.quantiles import weighted_quantile

LEVELS = (0.158655, 0.5, 0.841345)  # one standard deviation around the mean of a normal distribution


@dataclass(frozen=True)
class Interval:
    """A parameter's median with the ends of its central 68% interval, in its unit."""

    parameter: Parameter
    lower: float
    median: float
    upper: float

    def texts(self) -> tuple[str, str, str]:
        """The median and its distances to the lower and upper end, to two digits of the smaller one."""
        minus, plus, digits = self.median - self.lower, self.upper - self.median, self._decimals()
        return f"{self.median:.{digits}f}", f"{minus:.{digits}f}", f"{plus:.{digits}f}"

    def ends(self) -> tuple[str, str]:
        """The ends of the interval, to as many digits as `texts`."""
        digits = self._decimals()
        return f"{self.lower:.{digits}f}", f"{self.upper:.{digits}f}"

    def _decimals(self) -> int:
        distances = (self.median - self.lower, self.upper - self.median)
        smaller = min((d for d in distances if d > 0), default=abs(self.median) or 1.0)
        return min(max(0, 1 - math.floor(math.log10(smaller))), 8)


def intervals(posterior: Posterior, schema: Schema) -> list[list[Interval]]:
    """The interval of each parameter, for each planet."""
    quantiles = weighted_quantile(posterior.samples, LEVELS, posterior.weights)
    return [
        [
            Interval(parameter, *(float(value) for value in planet[:, i]))
            for i, parameter in enumerate(schema.parameters)
        ]
        for planet in quantiles.cpu()
    ]
