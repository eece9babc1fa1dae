"""A density of the parameters with a latent variable: what a conditional variational autoencoder learns."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from harness.embedders.residual import ResidualNetwork
from harness.training import ConditionalDensity
from harness.training.base_noise import even_normal
from harness.training.density import ROWS_AT_ONCE, ROWS_AT_ONCE_ON_DEVICE
from harness_bnn.heads import GaussianMixtureHead

VALIDATION_DRAWS = 16
DENSITY_DRAWS = 64  # that a log density is computed with, a few at a time
DRAWS_AT_ONCE = 8
SEED = 2015  # of the draws of both, so that they are the same at every call
STEEPEST = 5.0  # the logarithm of a latent spread stays within this


class LatentDensity(ConditionalDensity):
    r"""The density :math:`q(\theta | x) = \int p(\theta | x, z) \, p(z | x) \, dz`, with x the context.

    Both are normal given what networks compute, :math:`p(\theta | x, z)` with a full covariance. A third
    network gives :math:`r(z | x, \theta)`, from which z is drawn to learn by, and the loss is minus the bound

    .. math:: \log \frac1K \sum_k \frac{p(\theta | x, z_k) \, p(z_k | x)}{r(z_k | x, \theta)},
        \quad z_k \sim r(z | x, \theta)

    of the log density from below: the evidence lower bound for K = 1. The log density itself is not known:
    `log_prob` is that bound with 64 draws.

    Arguments:
        n_parameters: P.
        n_context: C.
        n_latent: length of z.
        width, depth: of the three networks.
        draws: K.

    References:
        Sohn, Lee & Yan 2015, Learning Structured Output Representation using Deep Conditional Generative
        Models, NeurIPS 28
        Burda, Grosse & Salakhutdinov 2016, Importance Weighted Autoencoders, arXiv:1509.00519
    """

    def __init__(
        self, n_parameters: int, n_context: int, n_latent: int, width: int, depth: int, draws: int
    ) -> None:
        super().__init__(n_parameters, n_context)
        self.n_latent = n_latent
        self.draws = draws
        self.head = GaussianMixtureHead(n_parameters)
        self.prior = ResidualNetwork(n_context, 2 * n_latent, width, depth)
        self.recognition = ResidualNetwork(n_context + n_parameters, 2 * n_latent, width, depth)
        self.decoder = ResidualNetwork(n_context + n_latent, self.head.n_outputs, width, depth)

    def loss(self, theta: Tensor, context: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Minus the bound of each pair (B,); while not in training its draws are the same at every call."""
        draws = self.draws
        if not self.training:
            draws, generator = VALIDATION_DRAWS, _fixed_generator(context)
        logs = self._log_weights(self.in_own_dtype(theta), self.in_own_dtype(context), draws, generator)
        return math.log(draws) - torch.logsumexp(logs, dim=1)

    def _log_weights(
        self, theta: Tensor, context: Tensor, draws: int, generator: torch.Generator | None
    ) -> Tensor:
        """Log of what the bound is a mean of (B, K), for parameters (B, P) and contexts (B, C)."""
        of_prior = _normal(self.prior(context)[:, None])
        recognised = _normal(self.recognition(torch.cat([context, theta], dim=-1))[:, None])
        noise = self._normal_noise((len(theta), draws), theta, generator)
        latent = recognised.mean + recognised.stddev * noise
        outputs = self._decoded(latent, context[:, None])
        of_latent: Tensor = of_prior.log_prob(latent) - recognised.log_prob(latent)  # type: ignore[no-untyped-call]
        return of_latent.sum(-1) + self.head.log_prob(theta[:, None], outputs)

    def _decoded(self, latent: Tensor, context: Tensor) -> Tensor:
        """The head's numbers (B, K, n_outputs) of latent variables (B, K, Z) and contexts (B, 1, C)."""
        outputs: Tensor = self.decoder(torch.cat([context.expand(*latent.shape[:2], -1), latent], dim=-1))
        return outputs

    def _normal_noise(
        self, shape: tuple[int, int], like: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        return torch.randn(*shape, self.n_latent, generator=generator, dtype=like.dtype, device=like.device)

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        """A lower bound of the log density, close to it where z given x and theta is nearly normal."""
        rows, contexts = theta.flatten(0, 1), context.expand(*theta.shape[:2], -1).flatten(0, 1)
        generator = _fixed_generator(context)
        parts = [
            self._log_weights(rows, contexts, DRAWS_AT_ONCE, generator).logsumexp(dim=1)
            for _ in range(DENSITY_DRAWS // DRAWS_AT_ONCE)
        ]
        bound = torch.stack(parts).logsumexp(dim=0) - math.log(DENSITY_DRAWS)
        return bound.reshape(theta.shape[:2])

    @torch.no_grad()
    def sample(self, context: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
        at_once = ROWS_AT_ONCE if context.device.type == "cpu" else ROWS_AT_ONCE_ON_DEVICE
        planets = torch.split(self.in_own_dtype(context), max(1, at_once // max(1, n)))
        return torch.cat([self._drawn(some, n, generator) for some in planets])

    def _drawn(self, context: Tensor, n: int, generator: torch.Generator | None) -> Tensor:
        if n == 0:
            return context.new_zeros(len(context), 0, self.n_parameters)
        of_prior = _normal(self.prior(context)[:, None])
        noise = even_normal(len(context), n, self.n_latent, generator).to(context)
        outputs = self._decoded(of_prior.mean + of_prior.stddev * noise, context[:, None])
        return self.head.sample(outputs, 1, generator)[:, :, 0]

    def transport(self, noise: Tensor, context: Tensor) -> Tensor:
        raise NotImplementedError("parameters are drawn by way of a latent variable; use sample")


def _normal(numbers: Tensor) -> torch.distributions.Normal:
    """The distribution of latent variables (..., Z) that 2 Z numbers describe."""
    mean, log_spread = numbers.chunk(2, dim=-1)
    return torch.distributions.Normal(
        mean, (STEEPEST * torch.tanh(log_spread / STEEPEST)).exp(), validate_args=False
    )


def _fixed_generator(values: Tensor) -> torch.Generator:
    return torch.Generator(values.device).manual_seed(SEED)
