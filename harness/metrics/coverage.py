"""How often central intervals of a posterior hold the truth."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from harness.metrics.quantiles import weighted_quantile


def interval_coverage(
    samples: Tensor, truth: Tensor, levels: Sequence[float], weights: Tensor | None = None
) -> Tensor:
    """Whether the central interval of each level holds the truth, in each parameter.

    The interval of level c goes from the (1 - c) / 2 to the (1 + c) / 2 quantile, ends included; see
    `weighted_quantile`.

    Arguments:
        samples: (..., n, P).
        truth: (..., P).
        levels: K probabilities, such as 0.68 and 0.95.
        weights: (..., n), not necessarily normalised; equal if None.

    Returns:
        (..., K, P), bool.

    Raises:
        ValueError: a level is outside [0, 1], the weights are unusable, a sample is not finite, or
            shapes do not fit.
    """
    ends = [(1.0 - level) / 2 for level in levels] + [(1.0 + level) / 2 for level in levels]
    lower, upper = weighted_quantile(samples, ends, weights).chunk(2, dim=-2)
    inside: Tensor = (lower <= truth[..., None, :]) & (truth[..., None, :] <= upper)
    return inside
