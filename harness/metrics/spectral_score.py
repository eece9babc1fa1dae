"""The spectral part of the Ariel 2023 score: as published, and without its accidents.

Both ask what spectra a posterior stands for: a few rows of the prediction and of the reference are put
through a forward model, and the medians and spreads of the spectra are compared.

Source: Ariel Data Challenge 2023, published scorer in ucl-exoplanets/ADC2023-baseline.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.metrics.chunks import fitting, runs
from harness.metrics.planets import Padded, PerPlanet, Planets, is_single, pair_chunks
from harness.metrics.posterior_score import ARIEL_BOUNDS, Bounds
from harness.metrics.spectral_loss import Bundle, agreement
from harness.metrics.spectral_rows import DrawnRows, drawn_as_published, drawn_by_weight

ForwardModel = Callable[[Tensor, Tensor | None, Tensor | None], Tensor]
"""Parameters (B, P), star radius [R_Sun] (B,) and planet mass [M_Jup] (B,) -> transit depth (B, W)."""

PlanetFact = Tensor | NDArray[np.floating] | float
Draw = Callable[[Padded, Padded, Tensor], tuple[DrawnRows, DrawnRows]]

# Rows that go into one call of the forward model, which may cut them further to bound its own memory.
ROWS_OF_A_CALL = 2**15


@torch.no_grad()
def spectral_score(
    samples: PerPlanet,
    weights: PerPlanet,
    truth_samples: PerPlanet,
    truth_weights: PerPlanet,
    forward: ForwardModel,
    star_radius: PlanetFact | None = None,
    planet_mass: PlanetFact | None = None,
    bounds: Bounds = ARIEL_BOUNDS,
) -> Tensor:
    """How well the spectra of a predicted posterior agree with those of the reference.

    From each trace ten rows are drawn by their own weights, without a random number: `drawn_by_weight`
    says which. They are clipped to the bounds and put through the forward model. The quartiles of the
    ten spectra in each channel give a median and a spread, which `agreement` compares.

    Arguments:
        samples: prediction of each planet: N arrays (M_i, P), or (N, M, P), or one planet's (M, P).
        weights: N arrays (M_i,), or (N, M), or one planet's (M,); each planet's sum to 1.
        truth_samples, truth_weights: the reference posteriors, likewise, of any other lengths.
        forward: the forward model. It is given float64 on the device of the first prediction, the rows
            of many planets at once.
        star_radius: [R_Sun] (N,), or one for all; None for a model that needs none.
        planet_mass: [M_Jup] (N,), or one for all; None for a model that needs none.
        bounds: (lower, upper) of each of the P parameters.

    Returns:
        scores from 0 to 1000, higher is better, float64 (N,), without the N for one planet. They lie on
        the device of the first prediction.

    Raises:
        ValueError: shapes do not fit, a sample is NaN, weights are negative, not finite or do not sum
            to 1 within 2e-5, or a star radius or planet mass is not a positive number.
    """

    def draw(prediction: Padded, truth: Padded, planets: Tensor) -> tuple[DrawnRows, DrawnRows]:
        return drawn_by_weight(prediction), drawn_by_weight(truth)

    traces = (samples, weights, truth_samples, truth_weights)
    return _score(traces, forward, star_radius, planet_mass, bounds, draw)


@torch.no_grad()
def official_spectral_score(
    samples: PerPlanet,
    weights: PerPlanet,
    truth_samples: PerPlanet,
    truth_weights: PerPlanet,
    forward: ForwardModel,
    star_radius: PlanetFact | None = None,
    planet_mass: PlanetFact | None = None,
    bounds: Bounds = ARIEL_BOUNDS,
    seed: int = 0,
) -> Tensor:
    """The spectral score as the challenge's published scorer computes it, oddities included.

    Traces are resampled to equal weights, and the resampled rows are reordered by the original weights,
    to which they no longer correspond. Ten spectra are read off at even positions of that order, each
    interpolated between the spectra of two rows: see `drawn_as_published`. The uniform numbers of the
    resampling are those of `official_posterior_score`.

    Arguments, returns and raises: as `spectral_score`, and `seed` of the uniform numbers.
    """
    uniforms = torch.from_numpy(np.random.default_rng(seed).random((_n_planets(samples), 2)))

    def draw(prediction: Padded, truth: Padded, planets: Tensor) -> tuple[DrawnRows, DrawnRows]:
        own, reference = uniforms[planets].to(prediction.samples.device).T
        return drawn_as_published(prediction, own), drawn_as_published(truth, reference)

    traces = (samples, weights, truth_samples, truth_weights)
    return _score(traces, forward, star_radius, planet_mass, bounds, draw)


def _score(
    traces: tuple[PerPlanet, PerPlanet, PerPlanet, PerPlanet],
    forward: ForwardModel,
    star_radius: PlanetFact | None,
    planet_mass: PlanetFact | None,
    bounds: Bounds,
    draw: Draw,
) -> Tensor:
    prediction = Planets(traces[0], traces[1], len(bounds), "predicted")
    truth = Planets(traces[2], traces[3], len(bounds), "true")
    n = len(prediction)
    device = prediction.samples[0].device if n else torch.device("cpu")
    star = _fact(star_radius, "star radius", n, device)
    mass = _fact(planet_mass, "planet mass", n, device)
    scores = torch.empty(n, dtype=torch.float64, device=device)
    if n:
        parameters, share = _drawn(prediction, truth, draw, device)
        lower, upper = torch.tensor(bounds, dtype=torch.float64, device=device).T
        parameters = parameters.clamp(lower, upper)
        for few in runs(n, fitting(ROWS_OF_A_CALL, parameters[0, ..., 0].numel())):
            facts = (None if star is None else star[few], None if mass is None else mass[few])
            spectra = _between(_spectra(forward, parameters[few], *facts), share[few])
            predicted, expected = (Bundle.of(one) for one in spectra.unbind(dim=1))
            scores[few] = agreement(predicted, expected)
    return scores[0] if is_single(traces[0]) else scores


def _drawn(prediction: Planets, truth: Planets, draw: Draw, device: torch.device) -> tuple[Tensor, Tensor]:
    """Rows (N, 2, K, R, P) of prediction and truth, and the second row's share (N, 2, K) in each spectrum."""
    parameters, shares, chunks = [], [], []
    for planets in pair_chunks(prediction, truth, prediction.samples[0].shape[1]):
        drawn = draw(prediction.padded(planets, device), truth.padded(planets, device), planets)
        parameters.append(torch.stack([one.parameters for one in drawn], dim=1))
        shares.append(torch.stack([one.share for one in drawn], dim=1))
        chunks.append(planets)
    back = torch.cat(chunks).argsort().to(device)
    return torch.cat(parameters)[back], torch.cat(shares)[back]


def _spectra(forward: ForwardModel, parameters: Tensor, star: Tensor | None, mass: Tensor | None) -> Tensor:
    """The spectra (B, ..., W) of rows of B planets (B, ..., P)."""
    rows = parameters.flatten(end_dim=-2)
    per_planet = len(rows) // len(parameters)
    facts = (None if fact is None else fact.repeat_interleave(per_planet) for fact in (star, mass))
    depth = forward(rows, *facts)
    if depth.ndim != 2 or len(depth) != len(rows):
        raise ValueError(
            f"the forward model answered {len(rows)} rows of parameters with shape {tuple(depth.shape)}; "
            f"expected ({len(rows)}, channels)"
        )
    return depth.to(parameters).reshape(*parameters.shape[:-1], -1)


def _between(spectra: Tensor, share: Tensor) -> Tensor:
    """Spectra (..., W) between those of the ends of intervals (..., R, W)."""
    first, second = spectra[..., 0, :], spectra[..., -1, :]
    share = share[..., None]
    # of an end that has no share nothing counts, not even that it is infinite
    return torch.where(share == 0, first, (1 - share) * first + share * second)


def _fact(value: PlanetFact | None, name: str, n: int, device: torch.device) -> Tensor | None:
    """One number for each of n planets."""
    if value is None:
        return None
    values = torch.as_tensor(value, dtype=torch.float64, device=device)
    if values.ndim > 1 or (values.ndim == 1 and len(values) != n):
        raise ValueError(f"{n} planets need {n} values of {name}, or one, not shape {tuple(values.shape)}")
    values = values.expand(n)
    bad = torch.nonzero(~(torch.isfinite(values) & (values > 0)))
    if len(bad):
        planet = int(bad[0])
        raise ValueError(
            f"the {name} of planet {planet} (counted from 0) is {values[planet]:g}; expected > 0"
        )
    return values


def _n_planets(samples: PerPlanet) -> int:
    return 1 if is_single(samples) else len(samples)
