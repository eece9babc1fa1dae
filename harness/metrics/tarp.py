"""The test of a joint posterior by distances from random points."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.metrics.truth_rank import truth_rank


@torch.no_grad()
def tarp(
    samples: Tensor, truth: Tensor, references: Tensor, weights: Tensor | None, uniform: Tensor
) -> Tensor:
    """The share of each posterior that is nearer to a random point than the truth is (N,), float64.

    It is the credibility of the ball around the point that ends at the truth: uniform between 0 and 1 if the
    truths are draws from the joint posteriors, wherever the points lie, as long as these do not depend on the
    truths. Marginals that hold do not make it uniform; correlations have to hold too.

    Arguments:
        samples: (N, n, P), in units in which a distance over parameters means something.
        truth: (N, P).
        references: a random point for each planet (N, P).
        weights: (N, n), not necessarily normalised; equal if None.
        uniform: random numbers between 0 and 1 (N,), see `truth_rank`.

    Raises:
        ValueError: the weights are unusable, or shapes do not fit.

    Reference:
        Lemos, Coogan, Hezaveh & Perreault-Levasseur 2023, Sampling-Based Accuracy Testing of Posterior
        Estimators for General Inference, https://arxiv.org/abs/2302.03026
    """
    distances = torch.cdist(samples.double(), references.double()[:, None]).squeeze(-1)
    own = torch.linalg.vector_norm(truth.double() - references.double(), dim=-1)
    return truth_rank(distances, own, weights, uniform)
