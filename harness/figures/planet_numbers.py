"""Numbers that each planet of a group has: its columns, and what follows from its spectrum and trace."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.data.arrays import Array
from harness.data.schema import Schema
from harness.data.split import Split
from harness.figures.wording import Quantity, of_column, of_noise, of_parameter
from harness.figures.wording import of_depth as depth_of

Number = Callable[[Split], Array | None]  # (N,) in the data's unit, or None where it is not known

TRACES_RANKED = 500  # of a group at most: enough for a distribution, quick for a thousand times as many


def parameters(schema: Schema) -> list[tuple[Quantity, Number]]:
    """Each parameter of the truth."""

    def column(i: int) -> Number:
        return lambda split: (
            None if split.truth.parameters is None else split.truth.parameters[:, i].double().numpy()
        )

    return [(of_parameter(parameter), column(i)) for i, parameter in enumerate(schema.parameters)]


def auxiliary(schema: Schema) -> list[tuple[Quantity, Number]]:
    """Each auxiliary column."""

    def column(i: int) -> Number:
        return lambda split: split.observations.auxiliary[:, i].double().numpy()

    return [(of_column(one), column(i)) for i, one in enumerate(schema.auxiliary)]


def from_spectra(schema: Schema) -> list[tuple[Quantity, Number]]:
    """Mean depth, mean noise, and how far the spectrum is from flat."""
    depth, noise = depth_of(schema), of_noise(schema)
    return [
        (Quantity(f"mean {depth.name}", depth.unit, depth.factor), mean_depth),
        (Quantity(f"mean {noise.name}", noise.unit, noise.factor), mean_noise),
        (Quantity("features against a flat line", "σ"), features),
    ]


def mean_depth(split: Split) -> Array:
    """The mean of each spectrum over its channels (N,)."""
    return split.observations.spectrum.double().mean(dim=1).numpy()


def mean_noise(split: Split) -> Array:
    """The mean of each planet's 1-sigma noise over its channels (N,)."""
    return split.observations.noise.double().mean(dim=1).numpy()


def features(split: Split) -> Array:
    """How significantly each spectrum differs from its weighted mean: the root of chi-squared (N,)."""
    depth, noise = split.observations.spectrum.double(), split.observations.noise.double()
    weight = noise**-2
    flat = (depth * weight).sum(dim=1, keepdim=True) / weight.sum(dim=1, keepdim=True)
    return (((depth - flat) / noise) ** 2).sum(dim=1).sqrt().numpy()


def effective_sizes(split: Split) -> Array | None:
    """The effective sample size of each trace, 1 / sum w^2, of the planets that have one."""
    traces = split.truth.traces
    if traces is None:
        return None
    return np.array([1 / float((traces.trace(planet)[1].double() ** 2).sum()) for planet in _traced(split)])


def ranks(split: Split) -> Array | None:
    """Where the parameters lie in their planets' traces (K, P), 0 below all samples and 1 above all.

    Of at most TRACES_RANKED planets, evenly spaced among those that have a trace; None where no planet has
    both a trace and parameters. The ranks of traces that are calibrated are uniform.
    """
    traces, truth = split.truth.traces, split.truth.parameters
    if traces is None or truth is None or len(_traced(split)) == 0:
        return None
    found = []
    for planet in _traced(split):
        values, weights = traces.trace(planet)
        below = (values < truth[planet]).double() + 0.5 * (values == truth[planet]).double()
        found.append((weights.double() @ below).numpy())
    return np.stack(found)


def _traced(split: Split) -> list[int]:
    if split.truth.traces is None:
        return []
    rows = split.truth.traces.present.nonzero().squeeze(1).tolist()
    return rows[:: -(-len(rows) // TRACES_RANKED)] if rows else []
