"""From where the restarts of a planet have ended to exactly n samples."""

from __future__ import annotations

import torch
from torch import Tensor

NUMBERS_AT_ONCE = 2**26  # normal ones, of all planets, samples and points; a quarter of a gigabyte


def bandwidth(count: int) -> float:
    """Silverman's for one normal marginal of so many points, as a share of its spread."""
    return float((4 / (3 * count)) ** 0.2)


def smoothed(cloud: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """Draw n samples (B, n, P) of the smoothed clouds (B, C, P) of B planets.

    Every point is taken equally often, give or take one, drawn towards the cloud's mean and moved by a draw
    from a normal distribution with the covariance of the cloud, in such proportion that mean and covariance
    stay those of the cloud (West 1993, Journal of the Royal Statistical Society B 55, 409): the width of
    the posterior is that of the restarts, whatever the bandwidth.

    Arguments:
        cloud: (B, C, P), unbounded and of about unit spread.
        n: samples of each planet.
        generator: on the device of the cloud.
    """
    planets, count, _ = cloud.shape
    mean = cloud.mean(dim=1, keepdim=True)
    centred = cloud - mean
    order = torch.rand(planets, count, generator=generator, device=cloud.device).argsort(dim=1)
    taken = centred.gather(
        1, order[:, torch.arange(n, device=cloud.device) % count, None].expand(-1, -1, cloud.shape[2])
    )
    width = bandwidth(count)
    moved = _combined(centred, n, generator)
    samples: Tensor = mean + (1 - width**2) ** 0.5 * taken + width * moved
    return samples


def _combined(centred: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """Random combinations (B, n, P) of centred points (B, C, P).

    They have the covariance of the points, and no matrix need be positive definite.
    """
    planets, count, _ = centred.shape
    at_once = max(1, NUMBERS_AT_ONCE // (planets * count))
    parts = []
    for first in range(0, n, at_once):
        shape = (planets, min(at_once, n - first), count)
        normal = torch.randn(shape, generator=generator, device=centred.device, dtype=centred.dtype)
        parts.append(normal @ centred / count**0.5)
    return torch.cat(parts, dim=1)
