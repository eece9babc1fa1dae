"""The light that an atmosphere takes away: the integral of 1 - exp(-optical depth) over its rings."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from harness.physics.extinction import Extinction, Mixture

# Elements of the optical depth that are held at once. On a CPU few enough to stay in its cache between the
# product that makes them and the exponential that eats them; on a GPU enough to fill it.
CPU_ELEMENTS = 2**19
GPU_ELEMENTS = 2**28
PLANETS = 16  # the most planets of one such block on a CPU
# 2^-126 is the smallest normal float32; below it a CPU falls into its slow path.
SMALLEST_EXPONENT = -126.0
# 1 - exp(-x) loses the digits of a small x. Where all rings together block no more than this share of the
# star, what is lost is below 0.01 ppm in float32; planets beyond it take the slower expm1 there.
EXTENDED = 0.1
COMPACT, VAST, UNBOUND = 0, 1, 2


def blocked_share(extinction: Extinction, mixture: Mixture, annuli: Tensor, points: slice) -> Tensor:
    """Light that each planet's rings block, over what they would block if they were opaque (B, points).

    The sum over layers of w_i (1 - exp(-tau_i)), where w_i are the rings' shares of their total. Not a
    number for a planet whose rings are not finite.

    Arguments:
        annuli: transit depth of each ring if it were opaque, float64 (B, L).
        points: run of the wavenumbers.
    """
    total = annuli.sum(dim=1, keepdim=True)
    weights = (annuli / total).to(mixture.columns.dtype)
    wanted = weights.requires_grad or mixture.columns.requires_grad or extinction.recorded
    differentiable = torch.is_grad_enabled() and wanted
    kind = torch.where(total.detach() <= EXTENDED, COMPACT, VAST).where(total.isfinite(), UNBOUND)
    keys = torch.cat([kind, mixture.intervals], dim=1)
    distinct, group, sizes = torch.unique(keys, dim=0, return_inverse=True, return_counts=True)
    order = group.argsort()
    mixture, weights = mixture.take(order), weights[order]
    walk = _differentiable if differentiable else _in_place
    share = walk(extinction, mixture, weights, points, distinct.tolist(), sizes.tolist())
    return share[order.argsort()]


def _in_place(
    extinction: Extinction,
    mixture: Mixture,
    weights: Tensor,
    points: slice,
    distinct: list[list[int]],
    sizes: list[int],
) -> Tensor:
    """Blocked shares without a record for gradients, in buffers that are used again and again."""
    layers, device = weights.shape[1], weights.device
    cpu = device.type == "cpu"
    elements = CPU_ELEMENTS if cpu else GPU_ELEMENTS
    most = PLANETS if cpu else max(1, elements // (layers * (points.stop - points.start)))
    share = weights.new_empty(len(weights), points.stop - points.start)
    depths = weights.new_empty(elements)
    mixed = weights.new_empty(elements // layers * extinction.rows)
    base2 = mixture.columns * -math.log2(math.e)
    for planets, (kind, *intervals) in _blocks(distinct, sizes, most):
        if kind == UNBOUND:
            share[planets] = torch.nan
            continue
        count = planets.stop - planets.start
        width = max(1, elements // (layers * count))
        columns = -mixture.columns[planets] if kind == VAST else base2[planets]
        rings = weights[planets, None, :]
        for start in range(points.start, points.stop, width):
            tile = slice(start, min(start + width, points.stop))
            size = tile.stop - tile.start
            sigma = mixed[: extinction.rows * count * size].view(extinction.rows, count, size)
            extinction.cross_sections(mixture, planets, intervals, tile, out=sigma)
            depth = depths[: count * layers * size].view(count, layers, size)
            torch.bmm(columns, sigma.transpose(0, 1), out=depth)
            if kind == VAST:
                blocked = torch.bmm(rings, _lost(depth))
            else:
                if cpu:
                    depth.clamp_(min=SMALLEST_EXPONENT)
                blocked = 1 - torch.bmm(rings, depth.exp2_())
            share[planets, tile.start - points.start : tile.stop - points.start] = blocked.squeeze(1)
    return share


def _lost(exponent: Tensor) -> Tensor:
    """1 - exp(exponent), in place; in float64 rounded as in TauREx, which shows in vast atmospheres."""
    if exponent.dtype == torch.float64:
        return exponent.exp_().neg_().add_(1)
    return exponent.expm1_().neg_()


def _differentiable(
    extinction: Extinction,
    mixture: Mixture,
    weights: Tensor,
    points: slice,
    distinct: list[list[int]],
    sizes: list[int],
) -> Tensor:
    """Blocked shares through operations that autograd records."""
    shares = []
    width = points.stop - points.start
    for planets, (kind, *intervals) in _blocks(distinct, sizes, len(weights)):
        if kind == UNBOUND:
            shares.append(weights.new_full((planets.stop - planets.start, width), torch.nan))
            continue
        sigma = extinction.cross_sections(mixture, planets, intervals, points)
        exponent = torch.bmm(-mixture.columns[planets], sigma.transpose(0, 1))
        shares.append(torch.bmm(-weights[planets, None, :], exponent.expm1()).squeeze(1))
    return torch.cat(shares)


def _blocks(distinct: list[list[int]], sizes: list[int], most: int) -> Iterator[tuple[slice, list[int]]]:
    """Runs of at most so many planets with one key, and the key."""
    first = 0
    for key, size in zip(distinct, sizes, strict=True):
        for start in range(first, first + size, most):
            yield slice(start, min(start + most, first + size)), key
        first += size
