"""Average a spectrum over instrument channels by the overlap of native bins with each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from harness.errors import HarnessError
from harness.physics.cross_sections import Array
from harness.physics.units import MICROMETRES

Edges = Literal["first-order", "exact"]


@dataclass(frozen=True, eq=False)
class Binning:
    """Weights that average native points over channels.

    Arguments:
        points: the run of native points that reach into any channel.
        weights: share of each of these points in each channel (points, channels); a channel's sum to 1.
    """

    points: slice
    weights: Array


def channel_edges(wavelength: Array, width: Array, edges: Edges) -> tuple[Array, Array]:
    """The ends of channels in wavenumber [cm-1], the lower ones (C,) and the upper ones (C,).

    Exact, they are 10,000 / (wavelength + width / 2) and 10,000 / (wavelength - width / 2). To first order in
    the width, as TauREx 3 and the challenges made with it have them, they lie 5,000 width / wavelength^2
    around 10,000 / wavelength: of a channel as wide as a third of its wavelength, as Ariel's at 0.95 um, both
    ends are off by some 3% of it.

    Arguments:
        wavelength: channel centres [um] (C,).
        width: channel widths [um] (C,).
        edges: "first-order" or "exact".
    """
    if edges == "exact":
        return 1e4 / (wavelength + width / 2), 1e4 / (wavelength - width / 2)
    centre, half = 1e4 / wavelength, 1e4 * width / wavelength**2 / 2
    return centre - half, centre + half


def overlap_binning(native: Array, wavelength: Array, width: Array, edges: Edges = "first-order") -> Binning:
    """The binning of TauREx 3's FluxBinner, channels in the order given.

    A native point stands for an interval centred on it, as wide as half the distance between its
    neighbours; its weight in a channel is the length of the overlap in wavenumber.

    Arguments:
        native: wavenumbers [cm-1], ascending (W,).
        wavelength: channel centres [um] (C,).
        width: channel widths [um] (C,).
        edges: see `channel_edges`; "exact" for channels of a measured spectrum.

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
    if not (width < 2 * wavelength).all():
        raise HarnessError("A channel is so wide that it reaches below 0 um; are its widths in um?")
    between = np.concatenate(
        [
            [native[0] - (native[1] - native[0]) / 2],
            native[:-1] + np.diff(native) / 2,
            [native[-1] + (native[-1] - native[-2]) / 2],
        ]
    )
    half = np.diff(between) / 2
    low, high = native - half, native + half
    first, last = channel_edges(wavelength, width, edges)
    outside = (first < low[0]) | (last > high[-1])
    if outside.any():
        at = int(np.argmax(outside))
        shortest, longest = 1e4 / high[-1], 1e4 / low[0]
        hint = ""
        for unit in ("nm", "Angstrom", "m"):
            meant = MICROMETRES[unit.casefold()] * wavelength
            if ((shortest < meant) & (meant < longest)).all():
                hint = f"bring the wavelengths to um if they are in {unit}, or "
        raise HarnessError(
            f"The opacities run from {shortest:.5g} to {longest:.5g} um and do not cover the "
            f"channel at {wavelength[at]:.5g} um ({1e4 / last[at]:.5g} to {1e4 / first[at]:.5g} um); "
            f"{hint}use opacity files that do."
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
