"""The base class of conditional densities."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from harness.training.base_noise import even_normal

ROWS_AT_ONCE = 4_096  # per pass without gradients on a CPU: activations that stay in its cache
ROWS_AT_ONCE_ON_DEVICE = 131_072  # elsewhere: enough rows to fill the device


class ConditionalDensity(nn.Module, ABC):
    """A density q(theta | context) of P parameters that is trained, evaluated and sampled.

    A subclass implements `log_prob_of_rows` and `transport`. Parameters are unbounded and of order one:
    standardise them before. A density computes in the dtype of its own weights, whatever the dtype of the
    arguments and inside an autocast too: inverting a flow in half precision fails.

    Arguments:
        n_parameters: The number of parameters P.
        n_context: The number of context features C, at least 1.
    """

    def __init__(self, n_parameters: int, n_context: int) -> None:
        super().__init__()
        self.n_parameters = n_parameters
        self.n_context = n_context

    @abstractmethod
    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        """log q (B, n) for parameters (B, n, P) and contexts (B, 1, C) or (B, n, C).

        Called by `log_prob`, with a portion of the rows at a time where no gradients are taken.
        """

    @abstractmethod
    def transport(self, noise: Tensor, context: Tensor) -> Tensor:
        """Parameters (B, n, P) that standard normal noise (B, n, P) is carried to, given contexts (B, 1, C).

        Called by `sample`, with a portion of the rows at a time, and by `rsample`, whose result must be
        differentiable in the weights and the context.
        """

    def loss(self, theta: Tensor, context: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The training loss of each pair: -log q(theta | context) unless a density says otherwise.

        Arguments:
            theta: The parameters, with shape (B, P).
            context: The contexts, with shape (B, C).
            generator: Source of randomness, where the loss has any.

        Returns:
            The loss of each pair, with shape (B,).
        """
        return -self.log_prob(theta, context)

    def log_prob(self, theta: Tensor, context: Tensor) -> Tensor:
        """The log density log q(theta | context) [nat].

        A context that several parameter vectors share is read once per planet if it is given as
        (B, 1, C) beside theta (B, n, P). Without gradients, many rows are evaluated in portions.

        Arguments:
            theta: The parameters, with shape (..., P).
            context: The contexts, with shape (..., C), broadcast against theta.

        Returns:
            The log density, with the common shape (...).
        """
        shape = torch.broadcast_shapes(theta.shape[:-1], context.shape[:-1])  # type: ignore[no-untyped-call]
        if 0 in shape:
            return theta.new_zeros(shape)
        with torch.autocast(theta.device.type, enabled=False):
            theta, context = self.in_own_dtype(theta), self.in_own_dtype(context)
            theta, context = _as_planets(theta, context, shape)
            if torch.is_grad_enabled():
                return self.log_prob_of_rows(theta, context).reshape(shape)
            portions = [
                torch.cat([self.log_prob_of_rows(rows, own) for rows, own in _portions(planets, own)], dim=1)
                for planets, own in _batches(theta, context)
            ]
        return torch.cat(portions).reshape(shape)

    @torch.no_grad()
    def sample(self, context: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw parameters, without gradients.

        Each has the density that `log_prob` gives; together they cover it more evenly than independent draws
        (`harness.training.base_noise`). The same generator state and context give the same samples, planet
        by planet.

        Arguments:
            context: The contexts of B planets, with shape (B, C).
            n: The number of samples per planet.
            generator: Source of the base noise, on any device; the default generator if None.

        Returns:
            The samples, with shape (B, n, P).
        """
        noise = even_normal(len(context), n, self.n_parameters, generator)
        noise = self.in_own_dtype(noise).to(context.device)
        if noise.numel() == 0:
            return noise
        with torch.autocast(context.device.type, enabled=False):
            context = self.in_own_dtype(context)[:, None]
            portions = [
                torch.cat([self.transport(rows, own) for rows, own in _portions(planets, own)], dim=1)
                for planets, own in _batches(noise, context)
            ]
        return torch.cat(portions)

    def rsample(self, context: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw parameters that are differentiable in the weights and in the context.

        They are independent of one another, as estimates of distances between samples take them to be.

        Arguments:
            context: The contexts of B planets, with shape (B, C).
            n: The number of samples per planet.
            generator: Source of the base noise, on any device; the default generator if None.

        Returns:
            The samples, with shape (B, n, P).
        """
        own = next(self.parameters())
        device = context.device if generator is None else generator.device
        shape = (len(context), n, self.n_parameters)
        noise = torch.randn(shape, generator=generator, device=device, dtype=own.dtype).to(context.device)
        with torch.autocast(context.device.type, enabled=False):
            return self.transport(noise, self.in_own_dtype(context)[:, None])

    def in_own_dtype(self, values: Tensor) -> Tensor:
        """The same values in the dtype of the weights."""
        return values.to(next(self.parameters()).dtype)


def _as_planets(theta: Tensor, context: Tensor, shape: torch.Size) -> tuple[Tensor, Tensor]:
    """Parameters as (B, n, P), and contexts as (B, 1, C): a planet for each context that rows share."""
    rows = theta.expand(*shape, -1)
    shared = len(shape) > 0 and (context.ndim == 1 or context.shape[-2] == 1)
    if shared:
        planets = context.expand(*shape[:-1], 1, -1).reshape(-1, 1, context.shape[-1])
        return rows.reshape(len(planets), shape[-1], -1), planets
    context = context.expand(*shape, -1).reshape(-1, 1, context.shape[-1])
    return rows.reshape(len(context), 1, -1), context


def _batches(rows: Tensor, context: Tensor) -> zip[tuple[Tensor, Tensor]]:
    """The planets in groups that have no more rows than are computed at once, but at least one planet."""
    planets = max(1, _rows_at_once(rows) // max(1, rows.shape[1]))
    return zip(torch.split(rows, planets), torch.split(context, planets), strict=True)


def _portions(rows: Tensor, context: Tensor) -> list[tuple[Tensor, Tensor]]:
    """The rows of these planets in portions, where they are too many to be computed at once."""
    portion = max(1, _rows_at_once(rows) // max(1, rows.shape[0]))
    return [(part, context) for part in torch.split(rows, portion, dim=1)]


def _rows_at_once(rows: Tensor) -> int:
    return ROWS_AT_ONCE if rows.device.type == "cpu" else ROWS_AT_ONCE_ON_DEVICE
