"""Sequential Monte Carlo on tensors: all planets together, from a normal distribution to their posteriors."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from harness.metrics import systematic_rows

EFFECTIVE = 0.5  # the effective share of the particles that a step towards the posterior leaves
STAGES = 100  # at most, after which the rest of the way is one step
MOVES = 10  # of each particle at each stage
LAST_MOVES = 30  # at the posterior itself
ACCEPTED = 0.25  # share of moves that step lengths are adapted to
JITTER = 1e-6  # of a covariance's diagonal, where particles have collapsed onto few


def tempered(log_ratio: Callable[[Tensor], Tensor], start: Tensor, spread: float) -> Tensor:
    """Draws (B, n, P) of reference times ratio, all in one pass for B planets.

    The ratio enters by powers that rise from 0 to 1, each planet's at its own pace, so that resampling
    leaves half of the particles effective. After each resampling particles move by Metropolis steps as long
    and as wide as the particles of their planet lie.

    Arguments:
        log_ratio: parameters (B, n, P) -> log of the density over that of the reference (B, n), but for a
            constant; draws come from torch's own generator.
        start: draws of the reference (B, n, P), a normal distribution of independent parameters.
        spread: its standard deviation.

    References:
        Del Moral, Doucet & Jasra 2006, Sequential Monte Carlo samplers, JRSS B 68, 411
    """
    particles, log_ratios = start, log_ratio(start)
    power = start.new_zeros(len(start))
    scale = start.new_full((len(start),), 2.38 / start.shape[-1] ** 0.5)
    for stage in range(STAGES):
        step = 1 - power if stage == STAGES - 1 else _step(log_ratios, 1 - power)
        rows = _resampled(torch.softmax(step[:, None] * log_ratios.double(), dim=1))
        particles = particles.gather(1, rows[..., None].expand_as(particles))
        log_ratios = log_ratios.gather(1, rows)
        power = power + step
        done = bool((power >= 1).all())
        root = _root(particles)
        for _ in range(LAST_MOVES if done else MOVES):
            moved = particles + scale[:, None, None] * torch.randn_like(particles) @ root.mT
            ratios = log_ratio(moved)
            gain = power[:, None] * (ratios - log_ratios)
            gain = gain + (particles.square() - moved.square()).sum(-1) / (2 * spread**2)
            taken = torch.rand_like(gain).log() < gain
            particles = torch.where(taken[..., None], moved, particles)
            log_ratios = torch.where(taken, ratios, log_ratios)
            scale = scale * (taken.float().mean(1) - ACCEPTED).exp()
        if done:
            break
    return particles


def _step(log_ratios: Tensor, most: Tensor) -> Tensor:
    """The largest further power (B,), at most `most` (B,), that leaves enough particles (B, n) effective."""
    low, high = torch.zeros_like(most), most
    for _ in range(30):
        middle = (low + high) / 2
        weights = torch.softmax(middle[:, None] * log_ratios.double(), dim=1)
        enough = 1 / weights.square().sum(1) > EFFECTIVE * log_ratios.shape[1]
        low, high = torch.where(enough, middle, low), torch.where(enough, high, middle)
    # at the end of the way the last piece is taken whole
    return torch.where(high >= most, most, low)


def _resampled(weights: Tensor) -> Tensor:
    offset = torch.rand(len(weights), dtype=weights.dtype, device=weights.device)
    return systematic_rows(weights, weights.shape[1], offset)


def _root(particles: Tensor) -> Tensor:
    """A root (B, P, P) of each planet's covariance of particles (B, n, P)."""
    centred = particles - particles.mean(1, keepdim=True)
    covariance = centred.mT @ centred / max(particles.shape[1] - 1, 1)
    root: Tensor = torch.linalg.cholesky(covariance + JITTER * torch.eye(particles.shape[-1]).to(covariance))
    return root
