"""Estimators whose posterior is a mean over draws of a network's weights."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch

from harness.challenges import Observations, Split
from harness.components.run import Run
from harness.data.posterior import Posterior
from harness.training.density_estimator import DensityEstimator
from harness.training.pairs import Observed
from harness.training.sources import Sources
from harness_bnn.heads import Head
from harness_bnn.options import ResidualOptions, StochasticOptions
from harness_bnn.stochastic_density import StochasticDensity
from harness_bnn.training_noise import with_noise
from harness_bnn.trunks import Trunk
from harness_bnn.uncertainty import Uncertainty

logger = logging.getLogger(__name__)

PLANETS_AT_ONCE = 256  # whose variances are computed together


class StochasticEstimator(DensityEstimator):
    """Networks with a distribution over their weights, and a likelihood that each draw of them predicts.

    The features are read by the stochastic layers themselves: there is no embedder by default, and one that
    is given is trained along, its weights certain. A subclass says which layers (`_trunk`) and which
    likelihood (`_head`).
    """

    class Options(StochasticOptions):
        pass

    default_embedder: ClassVar[str] = "none"

    sampled: tuple[Observations, Run] | None = None  # the planets that were sampled last, and with which run

    @abstractmethod
    def _trunk(self, n_context: int, n_outputs: int) -> Trunk:
        """A fresh network of stochastic layers."""

    @property
    def _samples_per_pass(self) -> int:
        """How many samples are drawn under the same weights."""
        return 1

    @abstractmethod
    def _head(self) -> Head:
        """The likelihood."""

    def _density(self, n_context: int) -> StochasticDensity:
        head = self._head()
        trunk = self._trunk(n_context, head.n_outputs)
        return StochasticDensity(head.n_parameters, n_context, trunk, head, self._samples_per_pass)

    def _sources(self, train: Split, valid: Split, run: Run) -> Sources:
        return with_noise(super()._sources(train, valid, run), self.options.noise)

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        posterior = super().sample(observations, n, run)
        self.sampled = observations, run  # `artifacts` divides their variance, outside the time of sampling
        return posterior

    def uncertainty_of(self, observations: Observations, run: Run) -> Uncertainty:
        """Epistemic and aleatoric variance of each planet's parameters, over the weights of all members."""
        self.check(observations)
        generator = run.generator("uncertainty")
        parts = []
        with run.progress("uncertainties", len(observations)) as advance:
            for start in range(0, len(observations), PLANETS_AT_ONCE):
                seen = Observed.of(observations[start : start + PLANETS_AT_ONCE], run.device)
                features = self._reading().features(seen)
                moments = [
                    member.density.moments(
                        member.context(features), self.options.uncertainty_passes, generator
                    )
                    for member in self.members
                    if isinstance(member.density, StochasticDensity)
                ]
                means, variances = (torch.cat(part, dim=1) for part in zip(*moments, strict=True))
                parts.append(Uncertainty.of_passes(means, variances))
                advance(len(seen))
        return Uncertainty.join(parts)

    def artifacts(self, directory: Path) -> None:
        """The losses as `training.csv`; variances of the sampled planets as `uncertainty.csv`."""
        super().artifacts(directory)
        if self.sampled is None:
            return
        parameters = self.schema.parameter_names
        observations, _ = self.sampled
        uncertainty = self.uncertainty_of(*self.sampled)
        logger.info("%s", uncertainty.summary(parameters))
        uncertainty.write(directory / "uncertainty.csv", list(observations.names), parameters)


class ResidualEstimator(StochasticEstimator):
    """One whose layers form a residual network."""

    class Options(ResidualOptions):
        pass

    @property
    def _samples_per_pass(self) -> int:
        return int(self.options.samples_per_pass)

    contract_options: ClassVar[Mapping[str, Any]] = {
        "epochs": 2,
        "steps": 8,
        "batch": 32,
        "simulations": 200,
        "width": 16,
        "depth": 1,
        "uncertainty_passes": 4,
    }
