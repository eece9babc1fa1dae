"""Where the truth stands among samples of a posterior, as a number that is uniform if the posterior holds."""

from __future__ import annotations

from torch import Tensor

from harness.metrics.weights import sample_weights


def truth_rank(samples: Tensor, truth: Tensor, weights: Tensor | None, uniform: Tensor) -> Tensor:
    """The share of a posterior below the truth, with the truth itself as one sample more (...).

    Of n samples of equal weight it is (r + v) / (n + 1), with the rank r of the truth among them and v
    uniform: exactly uniform between 0 and 1 if the truth is a draw from the posterior as the samples are.
    Samples that are equal to the truth are ranked at random. Weighted samples count as
    n = (sum w)^2 / sum w^2 of them.

    Arguments:
        samples: of one number (..., n).
        truth: (...).
        weights: (..., n), not necessarily normalised; equal if None.
        uniform: v, random numbers between 0 and 1 (...).

    Returns:
        (...), float64, between 0 and 1.

    Raises:
        ValueError: the weights are unusable, or shapes do not fit.

    References:
        Cook, Gelman & Rubin 2006, Validation of Software for Bayesian Models Using Posterior Quantiles,
        Journal of Computational and Graphical Statistics 15, 675.
        Talts, Betancourt, Simpson, Vehtari & Gelman 2018, Validating Bayesian Inference Algorithms with
        Simulation-Based Calibration, https://arxiv.org/abs/1804.06788
    """
    mass = sample_weights(weights, samples[..., None])
    below = (mass * (samples < truth[..., None])).sum(dim=-1)
    equal = (mass * (samples == truth[..., None])).sum(dim=-1)
    number = 1 / mass.square().sum(dim=-1)  # of samples of equal weight
    return (number * below + uniform * (number * equal + 1)) / (number + 1)
