"""The likelihood of very many parameters of each planet, by a rough forward model that is corrected there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.components.cores import on_every_core
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema

BLOCK = 2048  # spectra computed at once on a CPU
BLOCK_ON_DEVICE = 32_768
FITTED, CHECKED = 64, 32  # spectra of each planet that correct the rough model, and that say how well
FEW = 4 * (FITTED + CHECKED)  # parameters of a planet for which a correction is not worth while
# How far corrected spectra may be off, all channels together, in units of the noise (root mean square). A
# posterior is moved by no more than this part of its own width.
FARTHEST = 0.2


@dataclass
class SpectrumLikelihoods:
    r"""Gaussian log-likelihoods of many planets' spectra, normalised, at many parameters each.

    .. math:: \log L = -\tfrac12 \sum_c \left( \frac{d_c - m_c}{\sigma_c} \right)^2
        - \sum_c \log (\sqrt{2 \pi} \sigma_c)

    Where the model has a `rough` one, the spectra m are the rough model's, plus a correction that is
    linear in the parameters, by least squares on the difference from the model at the first `FITTED`
    parameters of each planet. At the next `CHECKED` it is looked at how far they are off; planets for which
    that is more than `FARTHEST` have the model itself asked at all parameters.

    Arguments:
        forward: the model.
        schema: of the challenge.

    Attributes:
        distance: how far corrected spectra were off [1-sigma noise, all channels together], of each planet
            so far that they were computed for.
    """

    forward: ForwardModel
    schema: Schema
    distance: list[Tensor] = field(default_factory=list)

    def __call__(self, observations: Observations, parameters: Tensor) -> Tensor:
        """Log-likelihoods (B, m), float64, of parameters (B, m, P) in their units.

        Minus infinity where they make no planet.

        Arguments:
            observations: B planets.
            parameters: independent draws, of which the first are like the rest.
        """
        rough = self.forward.rough()
        if rough is None or parameters.shape[1] <= FEW:
            return self._by(self.forward, observations, parameters)
        correction = Correction.fit(
            parameters[:, :FITTED],
            self._difference(rough, observations, parameters[:, :FITTED]),
        )
        held = parameters[:, FITTED : FITTED + CHECKED]
        distance = correction.distance(held, self._difference(rough, observations, held))
        self.distance.append(distance.cpu())
        result = parameters.new_empty(parameters.shape[:2], dtype=torch.float64)
        good = distance <= FARTHEST
        for rows, model in ((good.nonzero().squeeze(1), rough), ((~good).nonzero().squeeze(1), self.forward)):
            if len(rows):
                own = correction.take(rows) if model is rough else None
                result[rows] = self._by(model, observations[rows.cpu()], parameters[rows], own)
        return result

    def _difference(self, rough: ForwardModel, observations: Observations, parameters: Tensor) -> Tensor:
        """Of the model's spectra from the rough one's (B, k, W) [1-sigma noise]."""
        planets, k, _ = parameters.shape
        exact, quick = (self._spectra(one, observations, parameters) for one in (self.forward, rough))
        noise = observations.noise.double().repeat_interleave(k, dim=0)
        return ((exact - quick) / noise).reshape(planets, k, -1)

    def _spectra(self, model: ForwardModel, observations: Observations, parameters: Tensor) -> Tensor:
        return torch.cat(
            list(self._blocks(model, observations, parameters, lambda spectrum, rows, planet: spectrum))
        )

    def _by(
        self,
        model: ForwardModel,
        observations: Observations,
        parameters: Tensor,
        correction: Correction | None = None,
    ) -> Tensor:
        spectra, noise = observations.spectrum.double(), observations.noise.double()
        constant = -noise.log().sum(dim=1) - 0.5 * noise.shape[1] * math.log(2 * math.pi)

        def chi_square(spectrum: Tensor, rows: Tensor, planet: Tensor) -> Tensor:
            deviation = (spectrum - spectra[planet]) / noise[planet]
            if correction is not None:
                deviation = deviation + correction(rows, planet)
            return deviation.square().sum(dim=1)

        found = torch.cat(list(self._blocks(model, observations, parameters, chi_square)))
        result = constant[:, None] - 0.5 * found.reshape(parameters.shape[:2])
        return torch.where(result.isfinite(), result, -torch.inf)

    def _blocks(
        self,
        model: ForwardModel,
        observations: Observations,
        parameters: Tensor,
        of: Callable[[Tensor, Tensor, Tensor], Tensor],
    ) -> list[Tensor]:
        """What `of` makes of spectra, their parameters and the numbers of their planets, block by block."""
        planets, m, _ = parameters.shape
        device = parameters.device
        every = parameters.flatten(0, 1).double()
        planet_of = torch.arange(planets, device=device).repeat_interleave(m)
        facts = host_facts(observations, self.schema, model.needs)

        def block(rows: slice) -> Tensor:
            planet = planet_of[rows]
            told = (None if one is None else one[planet] for one in facts)
            with torch.no_grad():
                spectrum = model(every[rows], *told).to(every)
                return of(spectrum, every[rows], planet)

        on_cpu = device.type == "cpu"
        length = BLOCK if on_cpu else BLOCK_ON_DEVICE
        pieces = [slice(first, first + length) for first in range(0, len(every), length)]
        return list((on_every_core if model.parallel and on_cpu else map)(block, pieces))


@dataclass(frozen=True)
class Correction:
    """A difference of spectra that is linear in the parameters, of B planets.

    Attributes:
        middle, spread: of the parameters that it was fitted at (B, P).
        coefficients: (B, 1 + P, W).
    """

    middle: Tensor
    spread: Tensor
    coefficients: Tensor

    @classmethod
    def fit(cls, parameters: Tensor, difference: Tensor) -> Correction:
        """By least squares.

        Arguments:
            parameters: (B, k, P).
            difference: at these (B, k, W); where it is not finite, the parameters do not count.
        """
        parameters = parameters.double()
        middle, spread = parameters.mean(dim=1), parameters.std(dim=1)
        spread = torch.where(spread > 0, spread, 1)
        counts = difference.isfinite().all(dim=-1, keepdim=True)
        design = _design(parameters, middle[:, None], spread[:, None]) * counts
        normal = design.mT @ design
        # hardly more than nothing, for planets of few finite spectra
        normal = normal + 1e-6 * torch.eye(normal.shape[-1], dtype=normal.dtype, device=normal.device)
        return cls(
            middle, spread, torch.linalg.solve(normal, design.mT @ torch.where(counts, difference, 0))
        )

    def __call__(self, rows: Tensor, planet: Tensor) -> Tensor:
        """At parameters (R, P) of planets of these numbers (R,): (R, W)."""
        design = _design(rows, self.middle[planet], self.spread[planet])
        return torch.bmm(design[:, None], self.coefficients[planet]).squeeze(1)

    def distance(self, parameters: Tensor, difference: Tensor) -> Tensor:
        """How far it is off at other parameters (B, k, P), in the root mean square (B,).

        Infinite where fewer than half of these have a difference.
        """
        design = _design(parameters.double(), self.middle[:, None], self.spread[:, None])
        square = (difference - design @ self.coefficients).square().sum(dim=-1)
        counts = square.isfinite()
        mean = torch.where(counts, square, 0).sum(dim=1) / counts.sum(dim=1).clamp(min=1)
        return torch.where(2 * counts.sum(dim=1) >= counts.shape[1], mean.sqrt(), torch.inf)

    def take(self, planets: Tensor) -> Correction:
        """Of some of the planets."""
        return Correction(self.middle[planets], self.spread[planets], self.coefficients[planets])


def _design(parameters: Tensor, middle: Tensor, spread: Tensor) -> Tensor:
    standardised = (parameters - middle) / spread
    return torch.cat([torch.ones_like(standardised[..., :1]), standardised], dim=-1)
