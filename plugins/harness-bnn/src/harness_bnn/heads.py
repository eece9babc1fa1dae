"""What a network's outputs say about the parameters: a distribution, which is the aleatoric part."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor

from harness.training.base_noise import even_normal

STEEPEST = 8.0  # the logarithm of a precision's root stays within this


class Head(ABC):
    """A distribution of P parameters, given n_outputs numbers.

    Attributes:
        n_parameters: P.
        n_outputs: numbers that it reads.
    """

    n_parameters: int
    n_outputs: int

    @abstractmethod
    def loss(self, theta: Tensor, outputs: Tensor) -> Tensor:
        """What is made small in training, (...) for theta (..., P) and outputs (..., n_outputs)."""

    @abstractmethod
    def log_prob(self, theta: Tensor, outputs: Tensor) -> Tensor:
        """The log density (...) of theta (..., P) given outputs (..., n_outputs) [nat]."""

    @abstractmethod
    def sample(self, outputs: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draws (..., n, P) given outputs (..., n_outputs)."""

    @abstractmethod
    def moments(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of each parameter, (..., P) each."""


class PointHead(Head):
    """The outputs are the parameters themselves, without any scatter; learned by least squares."""

    def __init__(self, n_parameters: int) -> None:
        self.n_parameters = self.n_outputs = n_parameters

    def loss(self, theta: Tensor, outputs: Tensor) -> Tensor:
        return (theta - outputs).square().mean(dim=-1)

    def log_prob(self, theta: Tensor, outputs: Tensor) -> Tensor:
        raise NotImplementedError("a point has no density")

    def sample(self, outputs: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
        return outputs[..., None, :].expand(*outputs.shape[:-1], n, -1)

    def moments(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        return outputs, torch.zeros_like(outputs)


class GaussianMixtureHead(Head):
    """A mixture of K normal distributions with full covariances; one of them is a plain Gaussian.

    A component is N(mean, (L^T L)^-1) with L lower triangular: z = L (theta - mean) is standard normal, so
    that the density takes no inverse. L = C D with D diagonal and positive, and C with ones on its diagonal:
    D scales each parameter, and what correlates them in C is of order one however narrow the posterior.

    Arguments:
        n_parameters: P.
        components: K.

    References:
        Dorta et al. 2018, Structured Uncertainty Prediction Networks, https://arxiv.org/abs/1802.07079
        Bishop 1994, Mixture Density Networks
    """

    def __init__(self, n_parameters: int, components: int = 1) -> None:
        self.n_parameters = n_parameters
        self.components = components
        rows, columns = torch.tril_indices(n_parameters, n_parameters, -1)
        # where each element of C stands among (0, 1, what is below its diagonal)
        place = torch.eye(n_parameters, dtype=torch.int64)
        place[rows, columns] = 2 + torch.arange(len(rows))
        self.place = place.flatten()
        self.of_component = 2 * n_parameters + len(rows)
        self.n_outputs = components * (self.of_component + (components > 1))

    def _parts(self, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log weights (..., K), means (..., K, P), log diagonals (..., K, P) and L (..., K, P, P)."""
        numbers = outputs[..., : self.components * self.of_component]
        numbers = numbers.reshape(*outputs.shape[:-1], self.components, self.of_component)
        if self.components > 1:
            weights = torch.log_softmax(outputs[..., -self.components :], dim=-1)
        else:
            weights = torch.zeros_like(numbers[..., 0])
        mean, diagonal, below = (
            numbers[..., : self.n_parameters],
            numbers[..., self.n_parameters : 2 * self.n_parameters],
            numbers[..., 2 * self.n_parameters :],
        )
        diagonal = STEEPEST * torch.tanh(diagonal / STEEPEST)
        zero = torch.zeros_like(diagonal[..., :1])
        elements = torch.cat([zero, zero + 1, below], dim=-1)
        factor = elements.index_select(-1, self.place.to(elements.device))
        factor = factor.reshape(*mean.shape, self.n_parameters) * diagonal.exp()[..., None, :]
        return weights, mean, diagonal, factor

    def loss(self, theta: Tensor, outputs: Tensor) -> Tensor:
        return -self.log_prob(theta, outputs)

    def log_prob(self, theta: Tensor, outputs: Tensor) -> Tensor:
        weights, mean, diagonal, factor = self._parts(outputs)
        white = (factor * (theta[..., None, :] - mean)[..., None, :]).sum(dim=-1)
        squares = white.square().sum(dim=-1) + self.n_parameters * math.log(2 * math.pi)
        return torch.logsumexp(weights + diagonal.sum(dim=-1) - 0.5 * squares, dim=-1)

    def sample(self, outputs: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
        weights, mean, _, factor = (part.flatten(0, outputs.ndim - 2) for part in self._parts(outputs))
        mixed = self.components > 1
        every = even_normal(
            len(outputs),
            outputs.shape[1:-1].numel() * n,
            self.n_parameters + mixed,
            generator,
        ).to(mean)
        noise = every[..., : self.n_parameters].reshape(len(mean), n, self.n_parameters)
        if mixed:
            at = torch.special.ndtr(every[..., -1]).reshape(len(mean), n)
            chosen = torch.searchsorted(weights.exp().cumsum(dim=1), at).clamp(max=self.components - 1)
            row = torch.arange(len(mean), device=mean.device)[:, None]
            mean, factor = mean[row, chosen], factor[row, chosen]
            drawn = torch.linalg.solve_triangular(factor, noise[..., None], upper=False)[..., 0]
        else:
            drawn = torch.linalg.solve_triangular(factor[:, 0], noise.mT, upper=False).mT
        samples: Tensor = (mean + drawn).reshape(*outputs.shape[:-1], n, self.n_parameters)
        return samples

    def moments(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        log_weights, means, _, factor = self._parts(outputs)
        weights = log_weights.exp()[..., None]
        identity = torch.eye(self.n_parameters, dtype=factor.dtype, device=factor.device)
        root = torch.linalg.solve_triangular(factor, identity.expand_as(factor), upper=False)
        mean = (weights * means).sum(dim=-2)
        scatter = root.square().sum(dim=-1) + (means - mean[..., None, :]).square()
        return mean, (weights * scatter).sum(dim=-2)
