"""The likelihood of a spectrum under a forward model and a uniform prior within bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from harness.components import ForwardModel
from harness.data.arrays import Array
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema

# The log-likelihood of parameters that make no planet (an atmosphere that is not bound), and the least of
# any: so low that it weighs nothing, yet a number that samplers can order.
IMPOSSIBLE = -1e30


class SpectrumLikelihood:
    r"""Gaussian log-likelihood of one planet's spectrum, for many parameter sets at once.

    .. math:: \log L = -\tfrac12 \sum_c \left( \frac{d_c - m_c}{\sigma_c} \right)^2
        - \sum_c \log (\sqrt{2 \pi} \sigma_c)

    Arguments:
        forward: the model m, on the channels c of the spectrum.
        planet: the one planet, with its transit depth d and the 1-sigma noise of that.
        schema: names its auxiliary columns.

    Raises:
        HarnessError: a fact that the forward model needs is not a positive number.
    """

    def __init__(self, forward: ForwardModel, planet: Observations, schema: Schema) -> None:
        self._forward = forward
        planet = planet.to("cpu", torch.float64)
        self._spectrum, self._noise = planet.spectrum[0], planet.noise[0]
        self._facts = host_facts(planet, schema, forward.needs)
        self._constant = -float(self._noise.log().sum()) - 0.5 * len(self._noise) * math.log(2 * math.pi)
        self.calls = 0

    def __call__(self, parameters: Array) -> Array:
        """Log-likelihood (B,) of parameters (B, P), in their units; never nan or infinite."""
        values = torch.as_tensor(np.atleast_2d(parameters), dtype=torch.float64)
        self.calls += len(values)
        facts = (None if fact is None else fact.expand(len(values)) for fact in self._facts)
        with torch.no_grad():
            depth = self._forward(values, *facts).to("cpu", torch.float64)
        chi_square = (((depth - self._spectrum) / self._noise) ** 2).sum(dim=1)
        result = self._constant - 0.5 * chi_square
        result = torch.where(result.isfinite(), result, IMPOSSIBLE).clamp(min=IMPOSSIBLE)
        return np.asarray(result)


class UniformPrior:
    """Parameters uniform between their bounds.

    Arguments:
        bounds: (lower, upper) of each of the P parameters, in its unit.
    """

    def __init__(self, bounds: Sequence[tuple[float, float]]) -> None:
        table: Array = np.asarray(bounds, dtype=np.float64)
        self._lower, self._upper = table[:, 0], table[:, 1]

    def __len__(self) -> int:
        return len(self._lower)

    def __call__(self, unit: Array) -> Array:
        """Parameters of points in the unit cube (..., P), in their units."""
        values: Array = self._lower + unit * (self._upper - self._lower)
        return values
