"""A density of the parameters that is a mean over draws of a network's weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from harness.training import ConditionalDensity
from harness.training.density import ROWS_AT_ONCE, ROWS_AT_ONCE_ON_DEVICE
from harness_bnn.heads import Head
from harness_bnn.trunks import Trunk

VALIDATION_PASSES = 4
DENSITY_PASSES = 64  # that a log density is a mean over
SEED = 2019  # of the weights of both, so that they are the same at every call


class StochasticDensity(ConditionalDensity):
    """q(theta | context) = mean over weights w of p(theta | outputs of the trunk under w).

    A pass is one draw of all weights for one planet. Samples are drawn pass by pass, a few of each.

    Arguments:
        n_parameters: P.
        n_context: C.
        trunk: contexts -> outputs under drawn weights.
        head: outputs -> distribution of the parameters.
        samples_per_pass: drawn under the same weights.
    """

    def __init__(
        self, n_parameters: int, n_context: int, trunk: Trunk, head: Head, samples_per_pass: int = 1
    ) -> None:
        super().__init__(n_parameters, n_context)
        self.trunk = trunk
        self.head = head
        self.samples_per_pass = samples_per_pass

    def loss(self, theta: Tensor, context: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The head's loss (B,) under weights drawn for each pair: its mean bounds -log q from above.

        While not in training it is a mean over a few passes, whose draws are the same at every call.
        """
        passes = 1
        if not self.training:
            passes, generator = VALIDATION_PASSES, _fixed_generator(context)
        outputs = self.trunk(self.in_own_dtype(context), passes, generator)
        return self.head.loss(self.in_own_dtype(theta)[:, None], outputs).mean(dim=1)

    def penalty(self) -> Tensor:
        """What the distribution of the weights costs [nat], for the whole training set; a scalar."""
        return self.trunk.penalty()

    @torch.no_grad()
    def sample(self, context: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
        each = self.samples_per_pass if self.trunk.stochastic else max(n, 1)
        passes = -(-n // each)
        drawn = [
            self.head.sample(self.trunk(part, passes, generator), each, generator).flatten(1, 2)[:, :n]
            for part in self._portions(context, passes if passes > 1 else n)
        ]
        return torch.cat(drawn)

    @torch.no_grad()
    def moments(
        self, context: Tensor, passes: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mean and variance of the parameters under each of so many passes, (B, S, P) each.

        Where two passes do not differ, S is 1.
        """
        parts = [
            self.head.moments(self.trunk(part, passes, generator)) for part in self._portions(context, passes)
        ]
        means, variances = zip(*parts, strict=True)
        return torch.cat(means), torch.cat(variances)

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        shape = theta.shape[:2]
        if context.shape[1] != 1:  # a context of its own for each row
            theta, context = theta.reshape(-1, 1, theta.shape[-1]), context.reshape(-1, 1, context.shape[-1])
        outputs = self.trunk(context[:, 0], DENSITY_PASSES, _fixed_generator(context))
        logs = self.head.log_prob(theta[:, :, None], outputs[:, None])
        return (torch.logsumexp(logs, dim=-1) - math.log(logs.shape[-1])).reshape(shape)

    def transport(self, noise: Tensor, context: Tensor) -> Tensor:
        raise NotImplementedError("a draw of weights and of a component is no transport of normal noise")

    def _portions(self, context: Tensor, rows: int) -> tuple[Tensor, ...]:
        """Contexts of so many planets at a time that about as many rows are computed as is fast."""
        at_once = ROWS_AT_ONCE if context.device.type == "cpu" else ROWS_AT_ONCE_ON_DEVICE
        return torch.split(self.in_own_dtype(context), max(1, at_once // max(1, rows)))


def _fixed_generator(values: Tensor) -> torch.Generator:
    return torch.Generator(values.device).manual_seed(SEED)
