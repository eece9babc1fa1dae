"""Maximum likelihood on features as they are and on features moved to where they are least likely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from harness.training.network import PosteriorNetwork, Prepared
from harness.training.objective import Likelihood, Loss
from harness.training.pairs import Batch
from harness.training.reading import Reading
from harness.training.supervision import Supervision


class AdversarialLikelihood(Likelihood):
    """The mean of the losses at features x and at x + epsilon s sign(gradient of the loss).

    s is the spread of each feature over the planets held out.

    Arguments:
        reading, supervision, batch, held_out: as for `Likelihood`.
        epsilon: the step, in spreads.

    References:
        Goodfellow, Shlens & Szegedy 2015, Explaining and Harnessing Adversarial Examples,
        https://arxiv.org/abs/1412.6572
    """

    def __init__(
        self,
        reading: Reading,
        supervision: Supervision,
        batch: int,
        held_out: Sequence[Batch],
        epsilon: float,
    ) -> None:
        super().__init__(reading, supervision, batch, held_out)
        features = torch.cat([one.features for one in self.held_out])
        self.step = epsilon * features.std(dim=0, correction=0)

    def loss(self, network: PosteriorNetwork, item: Batch, done: float) -> Loss:
        prepared = self.reading(item)
        features = prepared.features.requires_grad_(True)
        losses = network.losses(replace(prepared, features=features))
        (gradient,) = torch.autograd.grad(losses.nansum(), features, retain_graph=True)
        moved = self._moved(prepared, features, gradient)
        return Loss.mean(torch.cat([losses, network.losses(moved)]))

    def _moved(self, prepared: Prepared, features: torch.Tensor, gradient: torch.Tensor) -> Prepared:
        return replace(prepared, features=features.detach() + self.step * gradient.sign())
