"""What a corner plot shows of a posterior: the ends of its axes, and smoothed densities with their levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from harness.data.arrays import Array
from harness.data.schema import Parameter

LEVELS = (0.6827, 0.9545)  # shares of the posterior that the drawn regions hold
BINS = 20
SMOOTHING = 1.3  # bins


@dataclass(frozen=True)
class Density:
    """A smoothed density of two parameters on a grid.

    Attributes:
        x, y: centres of the bins, and both ends of the axis (B + 2,).
        values: the density (B + 2, B + 2), x along the first dimension; at the ends that of the bin there.
        levels: the densities whose regions hold 95% and 68% of it, ascending.
    """

    x: Array
    y: Array
    values: Array
    levels: tuple[float, float]


def axis_range(values: Array, mass: Array, parameter: Parameter, truth: float | None) -> tuple[float, float]:
    """Ends of a parameter's axis: the prior, or the part that the posterior fills if that is less than half.

    Arguments:
        values: samples (n,).
        mass: their weights (n,).
        parameter: with its prior bounds.
        truth: a value that must be on the axis, or None.
    """
    order = values.argsort()
    cumulative = mass[order].cumsum() / mass.sum()
    at = np.searchsorted(cumulative, (0.002, 0.998)).clip(max=len(order) - 1)
    low, high = values[order[at]].tolist()
    if truth is not None and np.isfinite(truth):
        low, high = min(low, truth), max(high, truth)
    width = parameter.upper - parameter.lower
    if high - low > 0.5 * width:
        return min(parameter.lower, low), max(parameter.upper, high)
    margin = 0.25 * (high - low) or 0.01 * width  # so that one value alone has an axis too
    lower, upper = max(parameter.lower, low - margin), min(parameter.upper, high + margin)
    return min(lower, low), max(upper, high)


def marginal(values: Array, mass: Array, ends: tuple[float, float]) -> tuple[Array, Array]:
    """Edges (B + 1,) and a smoothed histogram (B,) of one parameter."""
    counts, edges = np.histogram(values, bins=BINS, range=ends, weights=mass)
    return edges, gaussian_filter(counts, SMOOTHING)


def density(
    x: Array, y: Array, mass: Array, ends: tuple[tuple[float, float], tuple[float, float]]
) -> Density:
    """The density of two parameters (n,) each, between the ends of their axes."""
    counts, first, second = np.histogram2d(x, y, bins=BINS, range=ends, weights=mass)
    smooth = gaussian_filter(counts, SMOOTHING)
    descending = np.sort(smooth.ravel())[::-1]
    held = descending.cumsum() / descending.sum()
    inner, outer = (float(descending[np.searchsorted(held, share)]) for share in LEVELS)
    return Density(_centres(first), _centres(second), np.pad(smooth, 1, mode="edge"), (outer, inner))


def _centres(edges: Array) -> Array:
    return np.concatenate([edges[:1], (edges[1:] + edges[:-1]) / 2, edges[-1:]])
