"""Groups of points that lie together."""

from __future__ import annotations

import torch
from torch import Tensor

STARTS, STEPS = 8, 200


def k_means(points: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """The number of the group that each of the points (N, D) is in (N,), int64, the largest group first.

    Lloyd's iteration from 8 beginnings at once, each chosen by k-means++; the one with the least squared
    distances is kept. There are at most as many groups as different points.

    Arguments:
        points: (N, D), finite.
        k: groups at most.
        generator: draws the beginnings; on the CPU.

    References:
        Arthur & Vassilvitskii 2007, k-means++: the advantages of careful seeding, SODA 2007.
    """
    points = points.double().cpu()
    k = min(k, len(torch.unique(points, dim=0)))
    centres = _beginnings(points, k, generator)  # (S, k, D)
    nearest = torch.zeros((STARTS, len(points)), dtype=torch.int64)
    for _ in range(STEPS):
        found = torch.cdist(points.expand(STARTS, -1, -1), centres).argmin(dim=2)
        if bool((found == nearest).all()):
            break
        nearest = found
        one_hot = torch.nn.functional.one_hot(nearest, k).double()  # (S, N, k)
        counts = one_hot.sum(dim=1)[..., None]
        moved = one_hot.mT @ points / counts.clamp(min=1)
        centres = torch.where(counts > 0, moved, centres)
    chosen = centres.gather(1, nearest[..., None].expand(-1, -1, points.shape[1]))
    best = int(((points - chosen) ** 2).sum(dim=(1, 2)).argmin())
    sizes = torch.bincount(nearest[best], minlength=k)
    return sizes.argsort(descending=True, stable=True).argsort()[nearest[best]]


def _beginnings(points: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """Points as centres (S, k, D), each drawn with the square of its distance from those before it."""
    first = torch.randint(len(points), (STARTS, 1), generator=generator)
    centres = points[first]
    for _ in range(k - 1):
        squared = torch.cdist(points.expand(STARTS, -1, -1), centres).min(dim=2).values ** 2
        squared = torch.where(squared.sum(dim=1, keepdim=True) > 0, squared, 1.0)
        drawn = torch.multinomial(squared, 1, generator=generator)
        centres = torch.cat([centres, points[drawn]], dim=1)
    return centres
