"""Whether truths stand among posterior samples as a draw would: ranks, coverage, and the joint test."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.metrics import UniformBand, interval_coverage, tarp, truth_rank

LEVELS = torch.linspace(0.02, 0.98, 49, dtype=torch.float64)  # of distribution functions
INTERVALS = tuple(torch.linspace(0.05, 0.95, 19, dtype=torch.float64).tolist())  # of central intervals
FEWEST_EFFECTIVE = 20  # samples, by their weights


@dataclass(frozen=True)
class Calibration:
    """The calibration of N planets' posteriors.

    Attributes:
        ranks: of the truth in each marginal (N, P), uniform if the marginal holds; see `truth_rank`.
        p_values: that the ranks of a parameter are uniform (P,).
        bias: how far the mean rank is from one half, in standard errors (P,): above 0 where truths are
            larger.
        spread: how far the spread of the ranks is from that of uniform ones, in standard errors (P,): above 0
            where posteriors are too narrow.
        coverage: share of truths in the central interval of each of `INTERVALS` (19, P).
        joint: the credibilities of TARP (N,).
        joint_p_value: that they are uniform.
        band: of the distribution function of N uniform numbers, at `LEVELS`.
        effective_size: of the planets' samples, by their weights, in the median: among few, a rank is chance.
    """

    ranks: Tensor
    p_values: Tensor
    bias: Tensor
    spread: Tensor
    coverage: Tensor
    joint: Tensor
    joint_p_value: float
    band: UniformBand
    effective_size: float

    @property
    def tells(self) -> bool:
        """Whether ranks among the samples can tell that a posterior does not hold."""
        return self.effective_size >= FEWEST_EFFECTIVE

    @classmethod
    def of(cls, posterior: Posterior, truth: Tensor, schema: Schema, seed: int) -> Calibration:
        """Of posteriors of N planets with their true parameters (N, P).

        Arguments:
            posterior: samples (N, n, P) in the parameters' units.
            truth: in the same units.
            schema: its prior's widths are the units of the distances of TARP.
            seed: of the ranks among equals, and of TARP's points, which are draws from the prior's box.
        """
        generator = torch.Generator().manual_seed(seed)
        samples, weights = posterior.samples.double(), posterior.weights.double()
        truth = truth.double()
        uniform = torch.rand(truth.shape, generator=generator, dtype=torch.float64)
        ranks = torch.stack(
            [truth_rank(samples[..., p], truth[:, p], weights, uniform[:, p]) for p in range(truth.shape[1])],
            dim=1,
        )
        lower, upper = torch.tensor(schema.bounds, dtype=torch.float64).T
        references = torch.rand(truth.shape, generator=generator, dtype=torch.float64)
        at_random = torch.rand(len(truth), generator=generator, dtype=torch.float64)
        scaled, true = (samples - lower) / (upper - lower), (truth - lower) / (upper - lower)
        joint = tarp(scaled, true, references, weights, at_random)
        band = UniformBand.of(len(truth), LEVELS, seed=seed)
        # of uniform numbers: variance 1/12, and 1/180 of the squared distance from one half
        error = len(truth) ** -0.5
        return cls(
            ranks=ranks,
            p_values=band.p_value(ranks.T.contiguous()),
            bias=(ranks.mean(0) - 0.5) / (error * 12**-0.5),
            spread=((ranks - 0.5).square().mean(0) - 1 / 12) / (error * 180**-0.5),
            coverage=interval_coverage(samples, truth, INTERVALS, weights).double().mean(0),
            joint=joint,
            joint_p_value=float(band.p_value(joint)),
            band=band,
            effective_size=float((weights.sum(1).square() / weights.square().sum(1)).median()),
        )
