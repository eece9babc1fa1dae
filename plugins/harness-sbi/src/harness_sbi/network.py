"""What is the same for every network of sbi that the harness samples: a flow, a vector field, a ratio."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from harness.training import ConditionalDensity
from harness.training.density import ROWS_AT_ONCE, ROWS_AT_ONCE_ON_DEVICE

EMBEDDING = "embedding_net"  # in the names of the weights that belong to an embedding

# parameters (B, P) and what they are conditioned on (B, F), both used for their shapes -> sbi's estimator
Builder = Callable[[Tensor, Tensor], Any]


class Architecture(ABC):
    """Which of sbi's networks, and its size."""

    @abstractmethod
    def builder(self, embedding: nn.Module) -> Builder:
        """What sbi builds it with: behind this embedding, and without scaling of its own.

        The harness standardises features and parameters before; nothing then depends on the data that
        sbi is shown first, and saved weights are all there is to a trained estimator.
        """


class SbiNetwork(ConditionalDensity):
    """A network of sbi that samples of parameters come from, given the context.

    Arguments:
        n_parameters: P.
        n_context: C.
        architecture: which, and how large.
    """

    rows_at_once = ROWS_AT_ONCE, ROWS_AT_ONCE_ON_DEVICE  # samples drawn together on a CPU, and elsewhere

    def __init__(self, n_parameters: int, n_context: int, architecture: Architecture) -> None:
        super().__init__(n_parameters, n_context)
        shapes = torch.zeros(2, n_parameters), torch.zeros(2, n_context)
        self.estimator = architecture.builder(nn.Identity())(*shapes)

    def take(self, trained: nn.Module) -> None:
        """Take the weights of an estimator of the same architecture that was trained behind an embedding."""
        weights: Mapping[str, Tensor] = trained.state_dict()
        self.estimator.load_state_dict({n: w for n, w in weights.items() if EMBEDDING not in n})

    @abstractmethod
    def draw(self, context: Tensor, n: int) -> Tensor:
        """Parameters (B, n, P) given contexts (B, C), by torch's own generator; called by `sample`."""

    @torch.no_grad()
    def sample(self, context: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw parameters (B, n, P) given contexts (B, C), without gradients.

        sbi draws from torch's own generator, which is seeded from `generator` and left as it was.
        """
        if len(context) == 0 or n == 0:
            return context.new_zeros(len(context), n, self.n_parameters)
        device = None if generator is None else generator.device
        seed = int(torch.randint(2**62, (), generator=generator, device=device))
        on_cpu = context.device.type == "cpu"
        rows = self.rows_at_once[0 if on_cpu else 1]
        with torch.random.fork_rng([] if on_cpu else [context.device]):
            torch.manual_seed(seed)
            portions = [
                self.draw(planets, n) for planets in torch.split(context.to(torch.float32), max(1, rows // n))
            ]
        return torch.cat(portions)

    def transport(self, noise: Tensor, context: Tensor) -> Tensor:
        raise NotImplementedError("The networks of sbi draw their own noise; use sample.")
