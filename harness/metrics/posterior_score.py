"""The posterior part of the Ariel 2023 score: as published, and with the exact weighted distance.

Source: Ariel Data Challenge 2023, published scorer in ucl-exoplanets/ADC2023-baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from harness.metrics.ks import largest_gap
from harness.metrics.planets import Padded, PerPlanet, Planets, is_single, pair_chunks
from harness.metrics.resampling import systematic_resample

Bounds = Sequence[tuple[float, float]]

ARIEL_BOUNDS: Bounds = ((0.1, 3.0), (0.0, 7000.0), *((-12.0, -1.0),) * 5)
"""(lower, upper) of planet radius [R_Jup], temperature [K], and log10 H2O, CO2, CO, CH4, NH3."""


@torch.no_grad()
def posterior_score(
    samples: PerPlanet,
    weights: PerPlanet,
    truth_samples: PerPlanet,
    truth_weights: PerPlanet,
    bounds: Bounds = ARIEL_BOUNDS,
    *,
    per_parameter: bool = False,
) -> Tensor:
    """1000 (1 - KS) between the weighted prediction and the weighted truth, clipped to the bounds.

    The formula of the challenge with the exact weighted KS distance: no resampling, no cut, no repeat.

    Arguments:
        samples: prediction of each planet: N arrays (M_i, P), or (N, M, P), or one planet's (M, P).
        weights: N arrays (M_i,), or (N, M), or one planet's (M,); each planet's sum to 1.
        truth_samples, truth_weights: the reference posteriors, likewise, of any other lengths.
        bounds: (lower, upper) of each of the P parameters.
        per_parameter: keep the parameters apart rather than averaging over them.

    Returns:
        scores from 0 to 1000, higher is better, float64 (N,), or (N, P) with `per_parameter`;
        without the N for one planet. They lie on the device of the first prediction.

    Raises:
        ValueError: shapes do not fit, a sample is NaN, or weights are negative, not finite or do not
            sum to 1 within 2e-5. The message names the planet by its position.
    """

    def masses(prediction: Padded, truth: Padded, planets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        own = prediction.weights / prediction.weights.sum(dim=-1, keepdim=True)
        reference = truth.weights / truth.weights.sum(dim=-1, keepdim=True)
        return own, reference, torch.ones_like(own[:, 0])

    return _score(samples, weights, truth_samples, truth_weights, bounds, per_parameter, masses)


@torch.no_grad()
def official_posterior_score(
    samples: PerPlanet,
    weights: PerPlanet,
    truth_samples: PerPlanet,
    truth_weights: PerPlanet,
    bounds: Bounds = ARIEL_BOUNDS,
    seed: int = 0,
    *,
    per_parameter: bool = False,
) -> Tensor:
    """The posterior score as the challenge's published scorer computes it, oddities included.

    Prediction and truth are clipped to the bounds and resampled to equal weights, and the resampled
    truth, in its order, is cut or cyclically repeated to the length of the prediction before the KS
    distance. The uniform numbers come from `numpy.random.default_rng(seed)`, two for each planet in
    the order given, the prediction's first. All that is counted is how often each original sample
    ends up in the comparison, so the result is a quotient of integers.

    Arguments, returns and raises: as `posterior_score`, and `seed` of the uniform numbers.
    """

    def masses(prediction: Padded, truth: Padded, planets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        u = uniforms[planets].to(prediction.samples.device)
        length = prediction.lengths
        own = _counts(prediction, u[:, 0], length)
        return own, _counts(truth, u[:, 1], length), length.double()

    uniforms = torch.from_numpy(np.random.default_rng(seed).random((_n_planets(samples), 2)))
    return _score(samples, weights, truth_samples, truth_weights, bounds, per_parameter, masses)


def _counts(trace: Padded, u: Tensor, length: Tensor) -> Tensor:
    """How often each sample (B, n) occurs in the resampled trace, itself cut or repeated to `length` (B,)."""
    rows = torch.arange(trace.weights.shape[1], device=u.device)
    own, wanted = trace.lengths[:, None], length[:, None]
    # row k of a trace of L rows, cyclically repeated to M, occurs M // L times, and once more if k < M % L
    repeats = wanted // own + (rows < wanted % own)
    repeats = torch.where(rows < own, repeats, 0).double()
    chosen = systematic_resample(trace.weights, u, trace.lengths)
    return torch.zeros_like(trace.weights).scatter_add_(-1, chosen, repeats)


def _score(
    samples: PerPlanet,
    weights: PerPlanet,
    truth_samples: PerPlanet,
    truth_weights: PerPlanet,
    bounds: Bounds,
    per_parameter: bool,
    masses: Callable[[Padded, Padded, Tensor], tuple[Tensor, Tensor, Tensor]],
) -> Tensor:
    n_parameters = len(bounds)
    prediction = Planets(samples, weights, n_parameters, "predicted")
    truth = Planets(truth_samples, truth_weights, n_parameters, "true")
    device = prediction.samples[0].device if len(prediction) else torch.device("cpu")
    lower, upper = torch.tensor(bounds, dtype=torch.float64, device=device).T
    scores = torch.empty(len(prediction), n_parameters, dtype=torch.float64, device=device)
    for planets in pair_chunks(prediction, truth, n_parameters):
        own, reference = prediction.padded(planets, device), truth.padded(planets, device)
        own_mass, reference_mass, total = masses(own, reference, planets)
        gap = largest_gap(
            own.samples.clamp(lower, upper), reference.samples.clamp(lower, upper), own_mass, reference_mass
        )
        distance = (gap / total[:, None]).clamp(max=1.0)
        scores[planets.to(device)] = (1.0 - distance) * 1000.0
    scores = scores if per_parameter else scores.mean(dim=-1)
    return scores[0] if is_single(samples) else scores


def _n_planets(samples: PerPlanet) -> int:
    return 1 if is_single(samples) else len(samples)
