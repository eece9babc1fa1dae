"""Mixtures of Student t's that are each as wide as the posterior is about its own centre."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.retrieval.kernels import FREEDOM, student_norm, student_steps

PIECE = 2000  # places whose density is computed at once


@dataclass(frozen=True)
class LocalKernels:
    """A mixture of Student t's with a width of its own for each.

    One width for all, as `harness.retrieval.kernels` has, is too large everywhere where a posterior is bent.

    Attributes:
        centres: (K, P).
        factor: lower Cholesky factor of each precision (K, P, P).
        shares: of the mixture, which sum to 1 (K,).
    """

    centres: Tensor
    factor: Tensor
    shares: Tensor

    @classmethod
    def about(cls, centres: Tensor, precision: Tensor, log_shares: Tensor) -> LocalKernels:
        """About centres (K, P) of such precisions (K, P, P), in proportions of these logarithms (K,)."""
        return cls(centres, torch.linalg.cholesky(precision), log_shares.softmax(0))

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        """n places (n, P)."""
        which = torch.multinomial(self.shares, n, replacement=True, generator=generator)
        scaled = student_steps((n, self.centres.shape[1]), generator, self.centres)
        back = self.factor[which].transpose(1, 2)
        step: Tensor = torch.linalg.solve_triangular(back, scaled[..., None], upper=True)
        return self.centres[which] + step[..., 0]

    def log_density(self, places: Tensor) -> Tensor:
        """Of places (n, P): (n,)."""
        found = [self._powers(some).logsumexp(0) for some in torch.split(places, PIECE)]
        return torch.cat(found) if found else places.new_zeros(0)

    def log_density_of_others(self) -> Tensor:
        """At each centre, of the mixture of the other kernels (K,).

        A centre that was drawn beforehand is not as crowded as the peak of its own kernel says.
        """
        powers = self._powers(self.centres)
        powers.fill_diagonal_(-torch.inf)
        return powers.logsumexp(0) - (-self.shares).log1p()

    def _powers(self, places: Tensor) -> Tensor:
        """The log-density of each kernel, times its share, at places (n, P): (K, n)."""
        width = self.centres.shape[1]
        each = student_norm(width) + self.factor.diagonal(dim1=1, dim2=2).log().sum(1) + self.shares.log()
        apart: Tensor = (places @ self.factor - self.centres[:, None] @ self.factor).square().sum(2)
        return each[:, None] - 0.5 * (FREEDOM + width) * torch.log1p(apart / FREEDOM)
