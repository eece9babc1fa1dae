"""A density that takes the parameters for independent, given the context."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from harness.training import ConditionalDensity
from harness_npe.flows import build_density


class IndependentDensity(ConditionalDensity):
    """One neural spline flow for each parameter, which share nothing but the context.

    Arguments:
        n_parameters: P.
        n_context: C.
        transforms, hidden, bins: of each flow.
    """

    def __init__(
        self, n_parameters: int, n_context: int, transforms: int, hidden: Sequence[int], bins: int
    ) -> None:
        super().__init__(n_parameters, n_context)
        self.flows = nn.ModuleList(
            build_density("nsf", 1, n_context, transforms=transforms, hidden=hidden, bins=bins)
            for _ in range(n_parameters)
        )

    def log_prob_of_each(self, theta: Tensor, context: Tensor) -> Tensor:
        """The log density of each parameter by itself (B, n, P), for theta (B, n, P), context (B, 1, C)."""
        columns = [flow.log_prob(theta[..., i : i + 1], context) for i, flow in self._numbered()]
        return torch.stack(columns, dim=-1)

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        columns = [flow.log_prob_of_rows(theta[..., i : i + 1], context) for i, flow in self._numbered()]
        return torch.stack(columns).sum(0)

    def transport(self, noise: Tensor, context: Tensor) -> Tensor:
        columns = [flow.transport(noise[..., i : i + 1], context) for i, flow in self._numbered()]
        return torch.cat(columns, dim=-1)

    def _numbered(self) -> list[tuple[int, ConditionalDensity]]:
        return [(i, flow) for i, flow in enumerate(self.flows) if isinstance(flow, ConditionalDensity)]
