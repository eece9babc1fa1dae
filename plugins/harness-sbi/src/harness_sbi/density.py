"""The density estimators of sbi, as densities of the harness."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from sbi.neural_nets import posterior_nn
from torch import Tensor, nn

from harness.training import ConditionalDensity
from harness.training.density import ROWS_AT_ONCE, ROWS_AT_ONCE_ON_DEVICE

EMBEDDING = "_embedding_net."  # in the names of the weights that belong to an embedding

# parameters (B, P) and what they are conditioned on (B, F), both used for their shapes -> sbi's estimator
Builder = Callable[[Tensor, Tensor], Any]


@dataclass(frozen=True)
class Architecture:
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


class SbiDensity(ConditionalDensity):
    """A density estimator of sbi, of parameters given the context.

    Arguments:
        n_parameters: P.
        n_context: C.
        architecture: which, and how large.
    """

    def __init__(self, n_parameters: int, n_context: int, architecture: Architecture) -> None:
        super().__init__(n_parameters, n_context)
        shapes = torch.zeros(2, n_parameters), torch.zeros(2, n_context)
        self.estimator = architecture.builder(nn.Identity())(*shapes)

    def take(self, trained: nn.Module) -> None:
        """Take the weights of an estimator of the same architecture that was trained behind an embedding."""
        weights: Mapping[str, Tensor] = trained.state_dict()
        self.estimator.load_state_dict({n: w for n, w in weights.items() if EMBEDDING not in n})

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        context = context.expand(*theta.shape[:2], -1).flatten(0, 1)
        # every row as a planet with one sample: the one shape that all of sbi's estimators read alike
        log_density: Tensor = self.estimator.log_prob(theta.flatten(0, 1)[None], context)
        return log_density.reshape(theta.shape[:2])

    @torch.no_grad()
    def sample(self, context: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw parameters (B, n, P) given contexts (B, C), without gradients.

        sbi draws from torch's own generator, which is seeded from `generator` and left as it was.
        """
        if len(context) == 0 or n == 0:
            return context.new_zeros(len(context), n, self.n_parameters)
        device = None if generator is None else generator.device
        seed = int(torch.randint(2**62, (), generator=generator, device=device))
        rows = ROWS_AT_ONCE if context.device.type == "cpu" else ROWS_AT_ONCE_ON_DEVICE
        own = [] if context.device.type == "cpu" else [context.device]
        with torch.random.fork_rng(own), warnings.catch_warnings():
            # what the flows of nflows, which is no longer maintained, call to be inverted
            warnings.filterwarnings("ignore", "torch.triangular_solve is deprecated", UserWarning)
            torch.manual_seed(seed)
            portions = [
                self.estimator.sample(torch.Size((n,)), planets).transpose(0, 1)
                for planets in torch.split(context.to(torch.float32), max(1, rows // n))
            ]
        return torch.cat(portions)

    def transport(self, noise: Tensor, context: Tensor) -> Tensor:
        raise NotImplementedError("The density estimators of sbi draw their own noise; use sample.")
