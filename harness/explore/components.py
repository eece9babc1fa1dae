"""Principal and independent components of spectra."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

STEPS, CLOSE = 400, 1e-7  # of the iteration that finds independent components


@dataclass(frozen=True)
class Components:
    """Spectra as a mean and a sum of components.

    Attributes:
        mean: (W,).
        directions: what a component adds where its score is 1 (K, W).
        scores: of each planet (N, K), of unit variance.
        explained: the share of the whole variance that each accounts for (K,); shares of components that
            are independent but not orthogonal need not add up.
        converged: whether the iteration came to rest.
    """

    mean: Tensor
    directions: Tensor
    scores: Tensor
    explained: Tensor
    converged: bool = True


def principal_components(values: Tensor, most: int) -> Components:
    """The directions in which spectra (N, W) vary most, at most `most`; those without variance are left out.

    The largest loading of each is positive.
    """
    mean = values.mean(dim=0)
    centred = values - mean
    # eigenvectors of the (W, W) covariance: cheap for any number of planets; eigh sorts ascending
    variances, vectors = torch.linalg.eigh(centred.T @ centred / len(values))
    variances, vectors = variances.flip(0).clamp(min=0), vectors.flip(1)
    kept = min(most, int((variances > 1e-12 * variances.sum()).sum()))
    spread = variances[:kept].sqrt()
    directions = vectors[:, :kept].T
    signs = torch.sign(directions.gather(1, directions.abs().argmax(dim=1, keepdim=True)))
    directions = directions * signs
    scores = centred @ directions.T / spread
    explained = variances[:kept] / variances.sum()
    return Components(mean, directions * spread[:, None], scores, explained)


def independent_components(principal: Components, generator: torch.Generator) -> Components:
    """As many directions whose scores are as far from normal, and so as independent, as they can be.

    Symmetric FastICA with the contrast log cosh on the whitened scores of the principal components; ordered
    by the variance that each accounts for, the sign such that its scores are skewed to the right.

    Arguments:
        principal: of unit variance, whose space the components span.
        generator: draws where the iteration begins; on the CPU.

    References:
        Hyvärinen 1999, Fast and robust fixed-point algorithms for independent component analysis, IEEE
        Transactions on Neural Networks 10, 626.
    """
    white = principal.scores
    count = white.shape[1]
    start = torch.randn((count, count), generator=generator, dtype=torch.float64).to(white)
    rotation = _orthogonal(start)
    converged = False
    for _ in range(STEPS):
        bent = torch.tanh(white @ rotation.T)  # (N, K)
        updated = _orthogonal(bent.T @ white / len(white) - (1 - bent**2).mean(dim=0)[:, None] * rotation)
        still = 1 - (updated * rotation).sum(dim=1).abs()
        rotation = updated
        if float(still.max()) < CLOSE:
            converged = True
            break
    scores, directions = white @ rotation.T, rotation @ principal.directions
    total = (principal.directions**2).sum() / principal.explained.sum()
    explained = (directions**2).sum(dim=1) / total
    signs = torch.where((scores**3).mean(dim=0) < 0, -1.0, 1.0).to(scores)
    order = explained.argsort(descending=True)
    return Components(
        principal.mean,
        (directions * signs[:, None])[order],
        (scores * signs)[:, order],
        explained[order],
        converged,
    )


def _orthogonal(matrix: Tensor) -> Tensor:
    """The orthogonal matrix nearest to one: (M M^T)^(-1/2) M."""
    left, _, right = torch.linalg.svd(matrix)
    nearest: Tensor = left @ right
    return nearest
