"""The sliced Wasserstein distance between two samples."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from harness.metrics.chunks import slices
from harness.metrics.two_samples import TwoSamples


def sliced_wasserstein(
    a: Tensor,
    b: Tensor,
    directions: int | Tensor = 128,
    *,
    order: float = 2.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""The Wasserstein distance of projections onto lines, in units of the samples.

    .. math:: (\langle \int_0^1 |F_a^{-1}(u) - F_b^{-1}(u)|^p du \rangle)^{1/p}

    with F the distribution functions of the projections onto one direction, and the mean over
    directions. Each integral is exact, for samples of different sizes too. Differentiable; where it is 0,
    so is the gradient. Distances mix the dimensions: standardise the samples.

    Arguments:
        a: (..., N, D); half precision becomes float32.
        b: (..., M, D); leading dimensions broadcast.
        directions: the directions (L, D), scaled to length 1 here, or how many to draw uniformly.
        order: p, at least 1.
        generator: draws the directions; the same ones in every call if None. In training pass one, so
            that each step has new directions.

    Returns:
        distances (...), of the samples' type; NaN where a sample holds NaN.

    Raises:
        ValueError: shapes do not fit, a sample is empty, the order is below 1, or there are no
            directions, or one of length zero.

    References:
        Bonneel, Rabin, Peyré & Pfister 2015, Sliced and Radon Wasserstein Barycenters of Measures,
        Journal of Mathematical Imaging and Vision 51, 22.
    """
    if not order >= 1:
        raise ValueError(f"order must be at least 1, not {order}")
    pair = TwoSamples.of(a, b, at_least=torch.float32)
    axes = _unit(directions, pair.a, generator)
    n, m = pair.a.shape[1], pair.b.shape[1]
    # Both quantile functions are constant between the positions i / n and j / m: whole numbers of 1 / nm.
    steps = torch.from_numpy(np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n))
    share = (steps.diff().double() / (n * m)).to(axes)
    rows = [(steps[:-1] // other).to(axes.device) for other in (m, n)]

    def part(a: Tensor, b: Tensor) -> Tensor:
        values = [
            (sample @ axes.mT).sort(dim=1).values[:, chosen]
            for sample, chosen in zip((a, b), rows, strict=True)
        ]
        powers: Tensor = (values[0] - values[1]).abs() ** order
        return (powers.mean(dim=2) * share).sum(dim=1)

    recomputed = torch.is_grad_enabled() and (pair.a.requires_grad or pair.b.requires_grad)
    parts = []
    for some in slices(len(pair), (n + m) * len(axes), axes.device):
        if recomputed:
            mean = checkpoint(part, pair.a[some], pair.b[some], use_reentrant=False, preserve_rng_state=False)
        else:
            mean = part(pair.a[some], pair.b[some])
        parts.append(mean)
    powers = torch.cat(parts) if parts else axes.new_zeros(0)
    # the root has no finite slope at zero, where the distance is smallest
    equal = powers == 0
    return (powers.masked_fill(equal, 1.0) ** (1.0 / order)).masked_fill(equal, 0.0).reshape(pair.shape)


def _unit(directions: int | Tensor, like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Directions of length 1 (L, D), of the samples' type."""
    dimensions = like.shape[-1]
    if isinstance(directions, Tensor):
        if directions.ndim != 2 or 0 in directions.shape or directions.shape[1] != dimensions:
            raise ValueError(f"directions must be (L, {dimensions}), not {tuple(directions.shape)}")
        drawn = directions.to(like)
    else:
        if directions < 1:
            raise ValueError(f"there must be at least one direction, not {directions}")
        generator = torch.Generator().manual_seed(0) if generator is None else generator
        shape = (directions, dimensions)
        drawn = torch.randn(shape, generator=generator, device=generator.device, dtype=torch.float64).to(like)
    length = torch.linalg.vector_norm(drawn, dim=1, keepdim=True)
    if bool((length == 0).any()):
        raise ValueError("a direction of length zero points nowhere; every direction must have a length")
    return drawn.div(length)
