"""The likelihood of very many parameters of each planet, by a rough forward model that is corrected there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

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
KNOWN = FITTED + CHECKED
FEW = 4 * KNOWN  # parameters of a planet for which a correction is not worth while
# How far corrected spectra may be off, all channels together, in units of the noise (root mean square). A
# posterior is moved by no more than this part of its own width.
FARTHEST = 0.1


@dataclass
class SpectrumLikelihoods:
    r"""Gaussian log-likelihoods of many planets' spectra, normalised, at many parameters each.

    .. math:: \log L = -\tfrac12 \sum_c \left( \frac{d_c - m_c}{\sigma_c} \right)^2
        - \sum_c \log (\sqrt{2 \pi} \sigma_c)

    Where the model has a `rough` one, the spectra m are the rough model's, plus a correction that is
    linear in the parameters, by least squares on the difference from the model at the first `FITTED`
    parameters of each planet. At the next `CHECKED` it is looked at how far they are off. Planets for which
    that is more than `FARTHEST` are tried again with the `coarse` model, and have the model itself asked at
    all parameters where that does not suffice either. It is asked in any case where an atmosphere is
    `hardly_bound`.

    Arguments:
        forward: the model.
        schema: of the challenge.

    Attributes:
        exact: planets so far that no correction sufficed for.
    """

    forward: ForwardModel
    schema: Schema
    exact: int = 0

    def __call__(self, observations: Observations, parameters: Tensor) -> Tensor:
        """Log-likelihoods (B, m), float64, of parameters (B, m, P) in their units.

        Minus infinity where they make no planet.

        Arguments:
            observations: B planets.
            parameters: independent draws, of which the first are like the rest.
        """
        result = parameters.new_empty(parameters.shape[:2], dtype=torch.float64)
        left = torch.arange(len(parameters), device=parameters.device)
        if parameters.shape[1] > FEW:
            quicker = [one for one in (self.forward.rough(), self.forward.coarse()) if one is not None]
            known = self._spectra(self.forward, observations, parameters[:, :KNOWN]) if quicker else None
            for model in quicker:
                if len(left) and known is not None:
                    some, own = observations[left.cpu()], parameters[left]
                    correction = self._correction(model, some, own[:, :KNOWN], known[left])
                    good = correction.distance <= FARTHEST
                    rows = good.nonzero().squeeze(1)
                    if len(rows):
                        theirs, at = some[rows.cpu()], own[rows]
                        found = self._by(model, theirs, at, correction.take(rows))
                        result[left[rows]] = self._asked_again(theirs, at, found)
                    left = left[~good]
            self.exact += len(left)
        if len(left):
            result[left] = self._by(self.forward, observations[left.cpu()], parameters[left])
        return result

    def _asked_again(self, observations: Observations, parameters: Tensor, found: Tensor) -> Tensor:
        """Likelihoods (B, m) of a quicker model, by the model itself where an atmosphere is hardly bound."""
        every = parameters.flatten(0, 1).double()
        _, mass = host_facts(observations, self.schema, self.forward.needs)
        m = parameters.shape[1]
        far = self.forward.hardly_bound(every, None if mass is None else mass.to(every).repeat_interleave(m))
        if far is None or not bool(far.any()):
            return found
        planet, at = far.view(-1, m).nonzero().unbind(1)
        one_by_one = self._by(self.forward, observations[planet.cpu()], parameters[planet, at][:, None])
        return found.index_put((planet, at), one_by_one.squeeze(1))

    def _correction(
        self, model: ForwardModel, observations: Observations, parameters: Tensor, exact: Tensor
    ) -> Correction:
        """Of a quicker model's spectra, by exact ones (B, KNOWN, W) at as many parameters."""
        made = self._spectra(model, observations, parameters)
        difference = (exact - made) / observations.noise.double()[:, None]
        return Correction.fit(parameters.double(), difference, FITTED)

    def _spectra(self, model: ForwardModel, observations: Observations, parameters: Tensor) -> Tensor:
        """Spectra (B, k, W), float64."""
        blocks = self._blocks(model, observations, parameters, lambda spectrum, rows, planet: spectrum)
        return torch.cat(blocks).reshape(*parameters.shape[:2], -1)

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

        found = torch.cat(self._blocks(model, observations, parameters, chi_square))
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
        distance: how far it was off at parameters that it was not fitted at, all channels together, in the
            root mean square (B,); infinite where fewer than half of these have a difference.
    """

    middle: Tensor
    spread: Tensor
    coefficients: Tensor
    distance: Tensor

    @classmethod
    def fit(cls, parameters: Tensor, difference: Tensor, fitted: int) -> Correction:
        """By least squares at the first of the parameters; at the others it is looked at.

        Arguments:
            parameters: float64 (B, k, P).
            difference: at these (B, k, W); where it is not finite, the parameters do not count.
            fitted: how many of the k it is fitted at.
        """
        middle, spread = parameters[:, :fitted].mean(dim=1), parameters[:, :fitted].std(dim=1)
        spread = torch.where(spread > 0, spread, 1)
        counts = difference.isfinite().all(dim=-1, keepdim=True)
        design = _design(parameters, middle[:, None], spread[:, None]) * counts
        difference = torch.where(counts, difference, 0)
        first = design[:, :fitted]
        normal = first.mT @ first
        # hardly more than nothing, for planets of few finite spectra
        normal = normal + 1e-6 * torch.eye(normal.shape[-1], dtype=normal.dtype, device=normal.device)
        coefficients = torch.linalg.solve(normal, first.mT @ difference[:, :fitted])
        square = (difference - design @ coefficients)[:, fitted:].square().sum(dim=-1)
        seen = counts[:, fitted:].sum(dim=(1, 2))
        mean = square.sum(dim=1) / seen.clamp(min=1)
        distance = torch.where(2 * seen >= square.shape[1], mean.sqrt(), torch.inf)
        return cls(middle, spread, coefficients, distance)

    def __call__(self, rows: Tensor, planet: Tensor) -> Tensor:
        """At parameters (R, P) of planets of these numbers (R,): (R, W)."""
        design = _design(rows, self.middle[planet], self.spread[planet])
        return torch.bmm(design[:, None], self.coefficients[planet]).squeeze(1)

    def take(self, planets: Tensor) -> Correction:
        """Of some of the planets."""
        return Correction(
            self.middle[planets], self.spread[planets], self.coefficients[planets], self.distance[planets]
        )


def _design(parameters: Tensor, middle: Tensor, spread: Tensor) -> Tensor:
    standardised = (parameters - middle) / spread
    return torch.cat([torch.ones_like(standardised[..., :1]), standardised], dim=-1)
