"""NPE trained with a distance between its samples and reference traces: ddKS, or the MMD."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor

from harness.challenges import Split
from harness.components import Challenge
from harness.components.run import Run
from harness.errors import HarnessError
from harness.metrics.mmd import mmd
from harness.metrics.soft_ddks import soft_ddks
from harness.training.objective import Likelihood, Objective
from harness.training.reading import Reading
from harness.training.schedule import geometric
from harness.training.sources import Sources, traced_planets
from harness_npe.distance_objective import Annealing, LikelihoodAndDistance, References
from harness_npe.estimators.npe import NPE
from harness_npe.options import FlowOptions


class DistanceOptions(FlowOptions):
    """The options that trainings with a distance share."""

    warm_up: float = Field(
        0.7, ge=0, le=1, description="fraction of the training with likelihood alone, before the distance"
    )
    full: float = Field(
        0.85, ge=0, le=1, description="fraction of the training from which on the weights are final"
    )
    likelihood_weight: float = Field(
        0.3, ge=0, le=1, description="final weight of the likelihood; it begins at 1"
    )
    distance_weight: float = Field(3.0, gt=0, description="final weight of the distance; it begins at 0")
    distance_planets: int = Field(8, ge=1, description="planets with a trace that are compared at each step")
    distance_samples: int = Field(
        48, ge=8, description="samples of each, from the density and from its trace"
    )


class _NPEWithDistance(NPE):
    """What the two have in common; see `LikelihoodAndDistance`."""

    contract_options: ClassVar[Mapping[str, Any]] = {
        **NPE.contract_options,
        "distance_planets": 4,
        "distance_samples": 16,
    }

    def _objective(
        self, reading: Reading, sources: Sources, train: Split, valid: Split, run: Run
    ) -> Objective[Any]:
        likelihood = super()._objective(reading, sources, train, valid, run)
        assert isinstance(likelihood, Likelihood)
        options = self.options
        generator = run.generator("spread of traces")
        learned, held_out = sources.train.traced, sources.held_out.traced
        if learned is None or held_out is None:  # the likelihood learns from something else
            learned, held_out = traced_planets(train, valid, run)
        annealing = Annealing(
            options.warm_up, options.full, options.likelihood_weight, options.distance_weight
        )
        return LikelihoodAndDistance(
            likelihood,
            reading,
            References(reading, learned, generator),
            References(reading, held_out, generator),
            distance=self._distance,
            annealing=annealing,
            planets=options.distance_planets,
            rows=options.distance_samples,
            seed=run.seed_for("validation of the distance"),
        )

    def _sources(self, train: Split, valid: Split, run: Run) -> Sources:
        self.refuse_too_few(train)
        if lacking := _too_few_traces(train):
            raise HarnessError(f"'{run.name}' {lacking}")
        return super()._sources(train, valid, run)

    def unsuitable_for(self, challenge: Challenge) -> str | None:
        lacking = _too_few_traces(challenge.train)
        return super().unsuitable_for(challenge) or (lacking and f"It {lacking}")

    def _distance(self, samples: Tensor, rows: Tensor, annealed: float) -> Tensor:
        raise NotImplementedError


def _too_few_traces(train: Split) -> str | None:
    """Where there are too few traces to compare with, a clause that follows the method's name."""
    if train.truth.n_traces >= 2:
        return None
    return (
        f"compares its samples with the traces of at least 2 planets, and of the {len(train):,} training "
        f"planets of this challenge {train.truth.n_traces} have one; 'npe-kl', 'random-forest' and 'nearest' "
        "do not need any."
    )


class NPEDdKS(_NPEWithDistance):
    """Likelihood first, then the d-dimensional Kolmogorov-Smirnov distance to reference traces.

    The distance is the soft form, whose temperature falls by equal factors as the distance gains
    weight.
    """

    class Options(DistanceOptions):
        temperature_first: float = Field(
            1.0, gt=0, description="temperature of the soft distance when it enters [spread of a posterior]"
        )
        temperature_last: float = Field(
            0.2, gt=0, description="temperature when the weights are final [spread of a posterior]"
        )

    source: ClassVar[str] = (
        "Hagen et al. 2021, Accelerated Computation of a High Dimensional Kolmogorov-Smirnov Distance, "
        "https://arxiv.org/abs/2106.13706"
    )

    def _distance(self, samples: Tensor, rows: Tensor, annealed: float) -> Tensor:
        options = self.options
        return soft_ddks(
            samples, rows, geometric(options.temperature_first, options.temperature_last, annealed)
        )


class NPEMMD(_NPEWithDistance):
    """Likelihood first, then the maximum mean discrepancy between its samples and reference traces."""

    class Options(DistanceOptions):
        kernel: Literal["rbf", "polynomial"] = Field(
            "rbf",
            description="kernel: Gaussians of several widths about the median distance, or a polynomial",
        )

    source: ClassVar[str] = (
        "Gretton et al. 2012, A Kernel Two-Sample Test, Journal of Machine Learning Research 13, 723"
    )

    def _distance(self, samples: Tensor, rows: Tensor, annealed: float) -> Tensor:
        return mmd(samples, rows, self.options.kernel)
