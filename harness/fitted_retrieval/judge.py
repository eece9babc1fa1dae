"""How likely posteriors held out are under a retrieval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.fitted_retrieval.likelihood import chi_square
from harness.fitted_retrieval.model import RetrievalChanges
from harness.fitted_retrieval.planets import CENTRES, RetrievedPlanets, Surroundings
from harness.physics import TransmissionModel

ROWS, PROPOSED = 24, 256  # of each planet: rows that are judged, and values that tell the evidence
WORST = 0.1  # share of the planets that do not count, as no changes explain them
SCALES = torch.linspace(-1.5, 3.0, 91, dtype=torch.float64)  # of log error bars that are tried


@dataclass(frozen=True)
class Judgement:
    """What planets held out say.

    Attributes:
        residual: root of the median chi-square per channel of rows of their posteriors [1-sigma noise].
        density: mean log-density of the rows over the prior's, of the planets that count, with the error bars
            that make it largest.
        noise: natural logarithm of these error bars over the noise.
    """

    residual: float
    density: float
    noise: float


class Judge:
    r"""Judges retrievals by the density that they give to rows of posteriors,

    .. math:: \log p(\theta | x) = \log L(\theta) - \log \int L(\theta') p(\theta') d\theta'

    with the integral by importance sampling from kernels about other rows, always the same.

    Arguments:
        planets: held out.
        model: that retrievals change.
        generator: of the draws.
    """

    def __init__(
        self, planets: RetrievedPlanets, model: TransmissionModel, generator: torch.Generator
    ) -> None:
        self._planets, self._model = planets, model
        self._which = torch.arange(len(planets))
        about = Surroundings(planets, generator)
        self._drawn = about.draw(self._which, PROPOSED, generator)
        self._log_density = about.log_density(self._which, self._drawn)

    @torch.no_grad()
    def __call__(self, changes: RetrievalChanges) -> Judgement:
        rows = self._planets.rows[:, CENTRES : CENTRES + ROWS]
        of_rows, of_drawn = (
            chi_square(changes, self._model, self._planets, self._which, values)
            for values in (rows, self._drawn)
        )
        densities = torch.stack([self._densities(of_rows, of_drawn, float(scale)) for scale in SCALES])
        counted = max(1, round((1 - WORST) * len(self._planets)))
        mean = densities.sort(dim=1, descending=True).values[:, :counted].mean(dim=1)
        best = int(mean.argmax())
        residual = float((of_rows.median() / self._planets.spectrum.shape[1]).sqrt())
        return Judgement(residual, float(mean[best]), float(SCALES[best]))

    def _densities(self, of_rows: Tensor, of_drawn: Tensor, log_scale: float) -> Tensor:
        """Of each planet's rows (N,), from chi-squares (N, ROWS) and (N, PROPOSED)."""
        power = -0.5 * math.exp(-2 * log_scale)
        evidence = (power * of_drawn - self._log_density).logsumexp(dim=1) - math.log(PROPOSED)
        return power * of_rows.mean(dim=1) - evidence
