"""The classifiers of sbi, which ratio estimation trains, as densities of the harness."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from sbi.neural_nets import classifier_nn
from torch import Tensor, nn

from harness_sbi.network import Architecture, Builder, SbiNetwork
from harness_sbi.tempering import tempered

# The classifier tells parameters of a pair from parameters of a normal distribution, in the standardised
# space: this wide, so that it has seen what lies in the tails of any posterior.
REFERENCE_SPREAD = 1.5
LEAST_PARTICLES = 500  # of each planet, however few samples are asked for


@dataclass(frozen=True)
class RatioArchitecture(Architecture):
    """Which classifier, and its size.

    Attributes:
        model: as sbi names it, such as "resnet".
        hidden_features: width of its hidden layers.
    """

    model: str
    hidden_features: int

    def builder(self, embedding: nn.Module) -> Builder:
        builder: Builder = classifier_nn(
            self.model,
            z_score_theta="none",
            z_score_x="none",
            hidden_features=self.hidden_features,
            embedding_net_x=embedding,
        )
        return builder


class RatioDensity(SbiNetwork):
    """A reference density times a learned ratio, given the context; known but for a constant of each planet.

    Samples are drawn by sequential Monte Carlo: from the reference, by ever larger powers of the ratio.
    """

    rows_at_once = 2**16, 2**20

    def log_ratio(self, theta: Tensor, context: Tensor) -> Tensor:
        """Log of posterior over reference (B, n), but for a constant, at (B, n, P) given contexts (B, C)."""
        rows = torch.cat([theta, context[:, None].expand(*theta.shape[:2], -1)], dim=-1)
        logits: Tensor = self.estimator.net(rows.flatten(0, 1))
        return logits.reshape(theta.shape[:2])

    def draw(self, context: Tensor, n: int) -> Tensor:
        shape = len(context), max(n, LEAST_PARTICLES), self.n_parameters
        start = REFERENCE_SPREAD * torch.randn(shape, device=context.device)
        samples = tempered(lambda theta: self.log_ratio(theta, context), start, REFERENCE_SPREAD)
        return samples[:, torch.randperm(shape[1], device=context.device)[:n]]

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        raise NotImplementedError("A ratio is a density but for a constant that is not known.")
