"""Log-likelihoods and their gradients by the quickest forward model that can be corrected at each planet."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.components.cores import on_every_core
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.retrieval.corrected_likelihood import FITTED, KNOWN, Correction

Result = TypeVar("Result")

BLOCK, BLOCK_ON_DEVICE = 128, 16_384  # spectra computed at once
# How far corrected spectra may be off, all channels together, in units of the noise, while a flow is fitted.
FARTHEST = 0.2


class SpectrumGradients:
    """Gaussian log-likelihoods of B planets, of any parameters, with gradients.

    Models are tried from the quickest on. Each is corrected at each planet by a difference that is linear in
    the parameters, fitted at parameters like those that are asked for (`fit`).

    Arguments:
        models: from the quickest to the exact one, which is the last.
        observations: B planets.
        schema: of the challenge.

    Attributes:
        asked: spectra computed so far, of each model, for each planet (models, B).
        level: which of the models each planet takes (B,).
    """

    def __init__(self, models: Sequence[ForwardModel], observations: Observations, schema: Schema) -> None:
        self.models = models
        self.spectrum = observations.spectrum.double()
        self.noise = observations.noise.double()
        needs = dict.fromkeys(need for model in models for need in model.needs)
        self.facts = host_facts(observations, schema, tuple(needs))
        planets, device = len(observations), self.spectrum.device
        self.asked = torch.zeros(len(models), planets, dtype=torch.int64, device=device)
        self.level = torch.full((planets,), len(models) - 1, device=device)
        self.corrections: list[Correction | None] = [None] * len(models)
        self.rows: list[Tensor] = [torch.zeros(0, dtype=torch.int64, device=device)] * len(models)
        self.constant = -self.noise.log().sum(1) - 0.5 * self.noise.shape[1] * math.log(2 * math.pi)

    def fit(self, planets: Tensor, parameters: Tensor, farthest: float = FARTHEST) -> None:
        """Choose the model of planets of these numbers and correct it, at independent draws (b, KNOWN, P).

        A corrected model is taken that is off by no more than `farthest` [1-sigma noise].
        """
        exact = self.spectra(len(self.models) - 1, planets, parameters)
        self.level[planets] = len(self.models) - 1
        left = torch.arange(len(planets), device=planets.device)
        for number in range(len(self.models) - 1):
            own = planets[left]
            if not len(own):
                break
            made = self.spectra(number, own, parameters[left])
            difference = (exact[left] - made) / self.noise[own, None]
            found = Correction.fit(parameters[left].double(), difference, FITTED)
            good = found.distance <= farthest
            chosen = good.nonzero().squeeze(1)
            self.rows[number] = torch.full_like(self.level, -1)
            self.rows[number][own[chosen]] = torch.arange(len(chosen), device=planets.device)
            self.corrections[number] = found.take(chosen)
            self.level[own[chosen]] = number
            left = left[~good]

    def spectra(self, number: int, planets: Tensor, parameters: Tensor) -> Tensor:
        """Of parameters (b, k, P) of planets of these numbers, by one of the models (b, k, W), float64."""
        each = parameters.shape[1]
        self.asked[number, planets] += each
        planet = planets.repeat_interleave(each)

        def block(values: Tensor, own: Tensor) -> Tensor:
            with torch.no_grad():
                return self._model(number, values, own)

        made = torch.cat(self._blocks(number, block, parameters.flatten(0, 1).double(), planet))
        return made.reshape(*parameters.shape[:2], -1)

    def __call__(self, planets: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Log-likelihoods (b, k) of parameters (b, k, P) of these planets, and gradients (b, k, P).

        Where parameters make no planet the first is minus infinity and the second 0.
        """
        each = parameters.shape[1]
        value = parameters.new_zeros(parameters.shape[:2], dtype=torch.float64)
        gradient = torch.zeros_like(parameters, dtype=torch.float64)
        for number in range(len(self.models)):
            chosen = (self.level[planets] == number).nonzero().squeeze(1)
            if not len(chosen):
                continue
            own = planets[chosen]
            self.asked[number, own] += each
            pieces = self._blocks(
                number,
                partial(self._differentiated, number),
                parameters[chosen].flatten(0, 1).double(),
                own.repeat_interleave(each),
            )
            value[chosen] = torch.cat([one for one, _ in pieces]).reshape(len(own), each)
            gradient[chosen] = torch.cat([one for _, one in pieces]).reshape(len(own), each, -1)
        return value, gradient

    def _differentiated(self, number: int, values: Tensor, planet: Tensor) -> tuple[Tensor, Tensor]:
        values = values.detach().requires_grad_()
        with torch.enable_grad():
            made = self._model(number, values, planet)
            if not made.requires_grad:
                raise HarnessError(
                    "The forward model of this challenge gives no gradients, which variational inference "
                    "climbs; a model written in torch does."
                )
            deviation = (made - self.spectrum[planet]) / self.noise[planet]
            correction = self.corrections[number]
            if correction is not None:
                deviation = deviation + correction(values, self.rows[number][planet])
            value = self.constant[planet] - 0.5 * deviation.square().sum(1)
            good = value.isfinite()
            (gradient,) = torch.autograd.grad(torch.where(good, value, 0).sum(), values)
        good = good & gradient.isfinite().all(1)
        return torch.where(good, value.detach(), -torch.inf), torch.where(good[:, None], gradient, 0)

    def _model(self, number: int, values: Tensor, planet: Tensor) -> Tensor:
        model = self.models[number]
        told = (None if one is None else one[planet] for one in self.facts)
        return model(values, *told).double()

    def _blocks(
        self, number: int, work: Callable[[Tensor, Tensor], Result], values: Tensor, planet: Tensor
    ) -> list[Result]:
        on_cpu = values.device.type == "cpu"
        length = BLOCK if on_cpu else BLOCK_ON_DEVICE
        pieces = [slice(first, first + length) for first in range(0, len(values), length)]
        each = on_every_core if self.models[number].parallel and on_cpu else map
        return list(each(lambda rows: work(values[rows], planet[rows]), pieces))


__all__ = ["FARTHEST", "KNOWN", "SpectrumGradients"]
