"""Maximum likelihood on features as they are and on features moved to where they are least likely."""

from __future__ import annotations

from dataclasses import replace

import torch

from harness.training import Loss, MaximumLikelihood, TrainingData
from harness.training.featurizer import FeaturizedBatch
from harness.training.network import PosteriorNetwork


class AdversarialLikelihood(MaximumLikelihood):
    """The mean of the losses at features x and at x + epsilon s sign(gradient of the loss).

    s is the spread of each feature over the planets held out.

    Arguments:
        data: where batches come from.
        batch: rows of each step.
        epsilon: the step, in spreads.

    References:
        Goodfellow, Shlens & Szegedy 2015, Explaining and Harnessing Adversarial Examples,
        https://arxiv.org/abs/1412.6572
    """

    def __init__(self, data: TrainingData, batch: int, epsilon: float) -> None:
        super().__init__(data, batch)
        features = torch.cat([one.features for one in self.held_out])
        self.step = epsilon * features.std(dim=0, correction=0)

    def loss(self, network: PosteriorNetwork, item: FeaturizedBatch, done: float) -> Loss:
        features = item.features.detach().requires_grad_(True)
        losses = network.losses(replace(item, features=features))
        (gradient,) = torch.autograd.grad(losses.nansum(), features, retain_graph=True)
        moved = self._moved(item, features, gradient)
        return Loss.mean(torch.cat([losses, network.losses(moved)]))

    def _moved(
        self, batch: FeaturizedBatch, features: torch.Tensor, gradient: torch.Tensor
    ) -> FeaturizedBatch:
        return replace(batch, features=features.detach() + self.step * gradient.sign())
