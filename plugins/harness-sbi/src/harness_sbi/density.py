"""The density estimators of sbi, as densities of the harness."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from sbi.neural_nets import posterior_nn
from torch import Tensor, nn

from harness_sbi.network import Architecture, Builder, SbiNetwork


@dataclass(frozen=True)
class FlowArchitecture(Architecture):
    """Which of sbi's density estimators, and its size.

    Attributes:
        model: as sbi names it, such as "zuko_nsf".
        hidden_features: width of the hidden layers.
        hidden_layers: how many there are, or how many residual blocks in the flows of nflows.
        num_transforms: of a flow.
        num_bins: of a spline.
    """

    model: str
    hidden_features: int
    hidden_layers: int
    num_transforms: int
    num_bins: int

    def builder(self, embedding: nn.Module) -> Builder:
        """What sbi builds it with: behind this embedding, and without scaling of its own.

        The harness standardises features and parameters before; nothing then depends on the data that
        sbi is shown first, and saved weights are all there is to a trained estimator.
        """
        size: dict[str, Any] = {"hidden_features": self.hidden_features}
        if self.model.startswith("zuko_"):
            size["hidden_features"] = [self.hidden_features] * self.hidden_layers
        elif self.model in ("nsf", "maf", "maf_rqs"):
            size["num_blocks"] = self.hidden_layers
        builder: Builder = posterior_nn(
            self.model,
            z_score_theta="none",
            z_score_x="none",
            num_transforms=self.num_transforms,
            num_bins=self.num_bins,
            embedding_net=embedding,
            **size,
        )
        return builder


class SbiDensity(SbiNetwork):
    """A normalising flow or mixture of sbi: a density of parameters given the context."""

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        context = context.expand(*theta.shape[:2], -1).flatten(0, 1)
        # every row as a planet with one sample: the one shape that all of sbi's estimators read alike
        log_density: Tensor = self.estimator.log_prob(theta.flatten(0, 1)[None], context)
        return log_density.reshape(theta.shape[:2])

    def draw(self, context: Tensor, n: int) -> Tensor:
        with warnings.catch_warnings():
            # what the flows of nflows, which is no longer maintained, call to be inverted
            warnings.filterwarnings("ignore", "torch.triangular_solve is deprecated", UserWarning)
            samples: Tensor = self.estimator.sample(torch.Size((n,)), context)
        return samples.transpose(0, 1)
