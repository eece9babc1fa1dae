"""How far a spectrum lies from spectra that it might have been, in units of their spread and its noise."""

from __future__ import annotations

import torch
from torch import Tensor


def mahalanobis(observed: Tensor, noise: Tensor, candidates: Tensor) -> Tensor:
    """(y - m)^T (C + diag(s^2))^-1 (y - m) of each of N spectra y with noise s (N,), float64.

    m and C are mean and covariance of the candidates. Directions in which they differ by more than the noise
    do not count, those in which none differs from another count in units of the noise: where y is one of many
    such, it is about the number of the latter.

    Arguments:
        observed: y (N, W), float64.
        noise: s (N, W), float64.
        candidates: noise-free spectra that each might have been (N, K, W), float64; those with a number that
            is not finite are left out.

    Returns:
        infinite where fewer than two candidates are left.
    """
    # in these units the covariance of the noise is the identity
    off = (candidates - observed[:, None]) / noise[:, None]
    usable = off.isfinite().all(dim=-1)
    off = torch.where(usable[..., None], off, 0.0)
    number = usable.sum(dim=1)
    mean = off.sum(dim=1) / number.clamp(min=1)[:, None]
    spread = torch.where(usable[..., None], off - mean[:, None], 0.0)
    # Woodbury's identity: of candidates there are fewer than a spectrum may have channels
    along = spread @ mean[..., None]
    gram = spread @ spread.transpose(1, 2)
    freedom = (number - 1).clamp(min=1).to(off)
    gram += freedom[:, None, None] * torch.eye(off.shape[1], dtype=off.dtype, device=off.device)
    solved, _ = torch.linalg.solve_ex(gram, along)
    squared = mean.square().sum(dim=1) - (along * solved).sum(dim=(1, 2))
    return torch.where(number > 1, squared, torch.inf)
