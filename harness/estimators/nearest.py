"""The training spectra nearest to the observed one, in units of its noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from harness.components import Component, Estimator
from harness.components.weighted_rows import weighted_posterior, within_bounds
from harness.components.where_it_counts import counts_with
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.metrics.chunks import fitting, runs

if TYPE_CHECKING:
    from harness.components.run import Run

DISTANCES_AT_ONCE = 2**24  # 128 MiB of float64


class Nearest(Estimator):
    """The parameters of the k training planets with the least chi-square to the observed spectrum.

    chi2 = sum over channels of ((observed - training) / noise)^2, with the noise of the observed
    planet. The auxiliary columns are not looked at.
    """

    class Options(Component.Options):
        k: int = Field(20, ge=1, description="nearest training planets to keep, at most as many as there are")
        weights: Literal["uniform", "likelihood"] = Field(
            "uniform",
            description="all k alike, or each by exp(-chi2 / (2 temperature))",
        )
        temperature: float = Field(
            1.0,
            gt=0,
            allow_inf_nan=False,
            description="with likelihood weights: 1 is the likelihood itself, more makes it flatter",
        )

        _with_weights = counts_with("temperature", "weights", ["likelihood"])

    options: Options

    source: ClassVar[str] = (
        "rejection sampling of the training set by its nearest neighbours: "
        "Biau, Cérou & Guyader 2015, Annales de l'IHP 51, 376"
    )
    uses_features: ClassVar[bool] = False

    spectra: Tensor  # (R, W) float64
    parameters: Tensor  # (R, P) float32, inside the prior bounds

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        self.refuse_too_few(train)
        self.spectra = train.observations.spectrum.double().to(run.device)
        self.parameters = within_bounds(train.parameters, self.schema.bounds).to(run.device)

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        generator = run.generator("sample")
        parts = []
        with run.progress("nearest spectra", len(observations)) as advance:
            for some in runs(len(observations), fitting(DISTANCES_AT_ONCE, len(self.spectra))):
                seen = observations[some].to(run.device, torch.float64)
                rows, weights = self._neighbours(seen)
                parts.append(weighted_posterior(self.parameters, rows, weights, n, generator))
                advance(len(seen))
        return Posterior.join(parts)

    def _neighbours(self, seen: Observations) -> tuple[Tensor, Tensor]:
        """Row numbers (B, k) of the nearest training planets, nearest first, and weights (B, k)."""
        centre = self.spectra.mean(dim=0)  # about the mean, the squares below cancel least
        observed, training = seen.spectrum - centre, self.spectra - centre
        precision = seen.noise**-2
        chi_square = (
            (observed**2 * precision).sum(dim=1, keepdim=True)
            - 2 * (observed * precision) @ training.T
            + precision @ (training**2).T
        )
        nearest = chi_square.topk(min(self.options.k, len(training)), dim=1, largest=False)
        if self.options.weights == "uniform":
            return nearest.indices, torch.ones_like(nearest.values)
        return nearest.indices, torch.softmax(-nearest.values / (2 * self.options.temperature), dim=1)

    def state(self) -> dict[str, Tensor]:
        return {"spectra": self.spectra, "parameters": self.parameters}

    def restore(self, state: Mapping[str, Tensor], run: Run) -> None:
        self.spectra, self.parameters = state["spectra"], state["parameters"]
