"""Which rows of a trace stand for it in the spectral part of the Ariel 2023 score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from harness.metrics.planets import Padded
from harness.metrics.resampling import systematic_resample

# Where in the order of the rows the spectra are taken.
POSITIONS = np.linspace(0.01, 0.99, 10)
# A cumulative weight that a position meets but for rounding has been reached.
ROUNDING = 1e-12


@dataclass(frozen=True)
class DrawnRows:
    """Samples of B traces, each spectrum being that of one of them or lying between those of two.

    Attributes:
        parameters: the samples (B, K, R, P) of K spectra, with R = 1, or 2 for the ends of an interval.
        share: of the second end in the spectrum (B, K), from 0 to below 1.
    """

    parameters: Tensor
    share: Tensor

    @classmethod
    def of(cls, trace: Padded, rows: Tensor, share: Tensor) -> DrawnRows:
        """The samples of a trace at the positions `rows` (B, K, R)."""
        wanted = rows.flatten(1)[..., None].expand(-1, -1, trace.samples.shape[-1])
        return cls(trace.samples.gather(1, wanted).view(*rows.shape, -1), share)


def drawn_as_published(trace: Padded, u: Tensor) -> DrawnRows:
    """Ten positions in an order that mixes up rows and weights.

    The trace is resampled to equal weights, which changes which row stands where, and then reordered by
    the original weights, ascending. The positions are those of the quantiles of this order; between two
    rows the spectra are interpolated.

    Rows of equal weight keep their order here. The published scorer leaves that to an unstable sort
    whose result differs between machines, so that equal weights have no one published answer.

    Arguments:
        trace: B traces.
        u: uniform numbers in [0, 1) of the resampling (B,).
    """
    last = trace.lengths[:, None] - 1
    resampled = systematic_resample(trace.weights, u, trace.lengths)
    padding = torch.arange(trace.weights.shape[1], device=last.device) > last
    order = trace.weights.masked_fill(padding, torch.inf).argsort(dim=-1, stable=True)
    # plus and minus 1: rounded as in the published quantile index
    index = (torch.as_tensor(POSITIONS, device=last.device) * last + 1) - 1
    first = index.floor().long()
    ends = torch.stack([first, (first + 1).minimum(last)], dim=-1)
    rows = resampled.gather(1, order.gather(1, ends.flatten(1)))
    return DrawnRows.of(trace, rows.view_as(ends), index - first)


def drawn_by_weight(trace: Padded) -> DrawnRows:
    """Ten evenly spaced positions of the cumulative weights, in the order of the trace.

    Each takes the first row whose cumulative weight reaches it, so a row is drawn in proportion to its
    own weight. A nested-sampling trace comes in ascending likelihood, so its ten rows go from the
    outskirts of the posterior to its peak; rows in random order give a random draw.

    Arguments:
        trace: B traces.
    """
    cumulative = trace.weights.cumsum(dim=-1)
    total = cumulative[:, -1:]
    positions = torch.as_tensor(POSITIONS - ROUNDING, device=total.device) * total
    rows = torch.searchsorted(cumulative, positions)
    return DrawnRows.of(trace, rows[..., None], torch.zeros_like(positions))
