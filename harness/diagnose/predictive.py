"""Spectra of posterior samples beside the observed ones."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components import Challenge, ForwardModel
from harness.data.host_facts import host_facts
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.metrics import systematic_rows
from harness.metrics.chunks import fitting, runs

SAMPLES = 64  # of each planet
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
SPECTRA_AT_ONCE = 1024


@dataclass(frozen=True)
class Predictive:
    """Posterior predictive spectra of N planets, without noise.

    Attributes:
        split: the planets.
        quantiles: `QUANTILES` of the spectra in each channel (N, 5, W).
        residuals: observed less the mean of the spectra, over noise and their spread together (N, W).
    """

    split: Split
    quantiles: Tensor
    residuals: Tensor

    def typical(self, count: int) -> list[int]:
        """Positions of planets from the best explained to the worst, evenly spaced among all."""
        order = self.residuals.square().mean(dim=1).argsort().tolist()
        number = min(count, len(order))
        return [order[round(i * (len(order) - 1) / max(number - 1, 1))] for i in range(number)]


def usable_forward_model(challenge: Challenge) -> ForwardModel | str:
    """The challenge's forward model, or why there are no spectra to show."""
    forward = challenge.forward_model()
    if forward is None:
        return f"{challenge.spec} has no forward model, so that there are no posterior predictive spectra."
    if not forward.ready:
        return (
            f"The opacities that are learned from {challenge.spec} are not at hand, so that there are no "
            "posterior predictive spectra."
        )
    return forward


def predictive(
    forward: ForwardModel, posterior: Posterior, planets: Split, challenge: Challenge, seed: int
) -> Predictive | str:
    """Spectra of `SAMPLES` draws from each posterior, or why there are none.

    Planets of which fewer than two draws make a spectrum are left out.

    Arguments:
        forward: of the challenge.
        posterior: of N planets, of any weights.
        planets: the same planets.
        challenge: whose they are.
        seed: of the draws.

    Raises:
        HarnessError: a planet lacks what the model must be told.
    """
    model = forward.quick()
    facts = host_facts(planets.observations, challenge.schema, model.needs)
    drawn = _drawn(posterior, seed)
    parts = []
    for rows in runs(len(drawn), fitting(SPECTRA_AT_ONCE, SAMPLES)):
        told = [None if fact is None else fact[rows].repeat_interleave(SAMPLES) for fact in facts]
        with torch.no_grad():
            made = model(drawn[rows].flatten(0, 1), *told).double().cpu()
        parts.append(made.reshape(-1, SAMPLES, made.shape[-1]))
    spectra = torch.cat(parts)
    finite = spectra.isfinite().all(dim=-1)
    kept = finite.sum(dim=1) >= 2
    if not kept.any():
        return "No sample of any planet makes a spectrum, so that there are no posterior predictive ones."
    spectra = torch.where(finite[..., None], spectra, torch.nan)[kept]
    chosen = planets[kept.nonzero()[:, 0]]
    seen = chosen.observations.to("cpu", torch.float64)
    mean = spectra.nanmean(dim=1)
    number = finite[kept].sum(dim=1)[:, None]
    variance = (spectra - mean[:, None]).square().nansum(dim=1) / (number - 1)
    at = torch.tensor(QUANTILES, dtype=torch.float64)
    return Predictive(
        chosen,
        spectra.nanquantile(at, dim=1).transpose(0, 1),
        (seen.spectrum - mean) / (seen.noise.square() + variance).sqrt(),
    )


def _drawn(posterior: Posterior, seed: int) -> Tensor:
    """Equally weighted samples (N, SAMPLES, P), at even steps of the weights."""
    u = torch.rand(len(posterior), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    rows = systematic_rows(posterior.weights, SAMPLES, u)
    return posterior.samples.double().gather(1, rows[..., None].expand(-1, -1, posterior.samples.shape[2]))
