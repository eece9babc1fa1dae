"""Maximum likelihood less what the distribution of the weights costs, as in the evidence lower bound."""

from __future__ import annotations

import torch

from harness.training import Loss, MaximumLikelihood, TrainingData
from harness.training.featurizer import FeaturizedBatch
from harness.training.network import PosteriorNetwork
from harness.training.schedule import ramp
from harness_bnn.stochastic_density import StochasticDensity


class PenalisedLikelihood(MaximumLikelihood):
    """Mean loss of the pairs + weight / N x the density's penalty, with the weight rising from 0.

    N is the number of different training planets. Multiplied by -N, this is the evidence lower bound where
    the penalty is a divergence of the weights' distribution from its prior and the weight is 1.

    Arguments:
        data: where batches come from.
        batch: rows of each step.
        weight: of the penalty in the end.
        annealing: fraction of the training in which it rises linearly.
    """

    def __init__(self, data: TrainingData, batch: int, weight: float = 1.0, annealing: float = 0.0) -> None:
        super().__init__(data, batch)
        self.weight = weight
        self.annealing = annealing

    def loss(self, network: PosteriorNetwork, item: FeaturizedBatch, done: float) -> Loss:
        loss = super().loss(network, item, done)
        weight = self.weight * (ramp(done, 0.0, self.annealing) if self.annealing > 0 else 1.0)
        return Loss(loss.value + weight * self._penalty(network), loss.bad, loss.count)

    def validation(self, network: PosteriorNetwork) -> float:
        """With the weight of the end, so that epochs compare wherever the annealing stands."""
        with torch.no_grad():
            penalty = float(self._penalty(network))
        return super().validation(network) + self.weight * penalty

    def _penalty(self, network: PosteriorNetwork) -> torch.Tensor:
        """Of each training planet [nat], a scalar."""
        assert isinstance(network.density, StochasticDensity)
        return network.density.penalty() / self.supervision.planets
