"""Average a spectrum over instrument channels by the overlap of native bins with each channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from harness.errors import HarnessError
from harness.physics.cross_sections import Array


@dataclass(frozen=True, eq=False)
class Binning:
    """Weights that average native points over channels.

    Arguments:
        points: the run of native points that reach into any channel.
        weights: share of each of these points in each channel (points, channels); a channel's sum to 1.
    """

    points: slice
    weights: Array


def overlap_binning(native: Array, wavelength: Array, width: Array) -> Binning:
    """The binning of TauREx 3's FluxBinner, channels in the order given.

    A native point stands for an interval centred on it, as wide as half the distance between its
    neighbours; its weight in a channel is the length of the overlap in wavenumber. A channel's width in
    wavenumber is 10,000 * width / wavelength^2.

    Arguments:
        native: wavenumbers [cm-1], ascending (W,).
        wavelength: channel centres [um] (C,).
        width: channel widths [um] (C,).

    Raises:
        HarnessError: the channels are not positive numbers, or the native points do not cover one.
    """
    if wavelength.shape != width.shape or wavelength.ndim != 1 or not len(wavelength):
        raise HarnessError(
            f"The channels have {wavelength.shape} centres and {width.shape} widths; "
            "expected one width for each."
        )
    if not ((wavelength > 0) & (width > 0) & np.isfinite(wavelength) & np.isfinite(width)).all():
        raise HarnessError("A channel's centre or width is not above 0 um.")
    edges = np.concatenate(
        [
            [native[0] - (native[1] - native[0]) / 2],
            native[:-1] + np.diff(native) / 2,
            [native[-1] + (native[-1] - native[-2]) / 2],
        ]
    )
    half = np.diff(edges) / 2
    low, high = native - half, native + half
    centre = 1e4 / wavelength
    half_channel = 1e4 * width / wavelength**2 / 2
    first, last = centre - half_channel, centre + half_channel
    outside = (first < low[0]) | (last > high[-1])
    if outside.any():
        at = int(np.argmax(outside))
        raise HarnessError(
            f"The opacities run from {1e4 / high[-1]:.5g} to {1e4 / low[0]:.5g} um and do not cover the "
            f"channel at {wavelength[at]:.5g} um ({1e4 / last[at]:.5g} to {1e4 / first[at]:.5g} um); "
            "use opacity files that do."
        )
    overlap = np.minimum(last, high[:, None]) - np.maximum(first, low[:, None])
    overlap = np.maximum(overlap, 0)
    empty = overlap.sum(axis=0) <= 0
    if empty.any():
        at = int(np.argmax(empty))
        raise HarnessError(
            f"No point of the opacity grid falls into the channel at {wavelength[at]:.5g} um; "
            "the grid is too coarse."
        )
    weights = overlap / overlap.sum(axis=0)
    reached = np.flatnonzero(weights.any(axis=1))
    points = slice(int(reached[0]), int(reached[-1]) + 1)
    return Binning(points, weights[points])


def averages(spectra: Tensor, weights: Tensor) -> Tensor:
    """Weighted averages (B, C) of spectra (B, points); one is not finite where a point of its own is not.

    Arguments:
        weights: share of each point in each channel (points, C).
    """
    weights = weights.to(spectra.dtype)
    finite = spectra.detach().isfinite()
    if bool(finite.all()):
        return spectra @ weights
    # zero times infinity would spoil the channels that such a point does not belong to
    touched = (~finite).to(spectra.dtype) @ (weights > 0).to(spectra.dtype) > 0
    return torch.where(touched, torch.nan, spectra.where(finite, 0) @ weights)
