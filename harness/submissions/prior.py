"""Samples that no prior allows: no rule forbids them, but they are worth a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.data.posterior import Posterior
from harness.data.schema import Schema

FAR = 0.1  # of the prior's width, beyond its bounds
SHARE = 0.01  # of a planet's weight; fewer samples may lie there


def far_outside_prior(
    posterior: Posterior, planets: Sequence[str] | NDArray[np.str_], schema: Schema
) -> str | None:
    """One sentence if planets have samples far outside the prior, naming the worst parameter, else None.

    Arguments:
        posterior: samples (N, n, P) in physical units.
        planets: the N planets.
        schema: with the prior's bounds of the P parameters.
    """
    bounds = posterior.samples.new_tensor(schema.bounds)
    lower, upper = bounds[:, 0], bounds[:, 1]
    slack = FAR * (upper - lower)
    far = (posterior.samples < lower - slack) | (posterior.samples > upper + slack)
    shares = (far * posterior.weights.unsqueeze(-1)).sum(dim=1)  # (N, P)
    concerned = (shares > SHARE).any(dim=1)
    if not concerned.any():
        return None
    planet, worst = divmod(int(shares.argmax()), shares.shape[1])
    parameter = schema.parameters[worst]
    prior = f"{parameter.lower:g} to {parameter.upper:g} {parameter.unit}".rstrip()
    return (
        f"{int(concerned.sum()):,} of {len(posterior):,} planets have samples far outside the prior, which "
        f"scores clip to its bounds: {float(shares[planet, worst]):.0%} of {parameter.name} in planet "
        f"{planets[planet]} (prior: {prior}); is each column in its place and unit?"
    )
