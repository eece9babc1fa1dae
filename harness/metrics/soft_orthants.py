r"""The soft masses of all orthants around a chunk of centres, and what they give the soft maximum.

The degree of membership of a point in the 2^D orthants around a centre is the Kronecker product of D
pairs (1 - s_j, s_j). Split in two halves of about D / 2 factors each, A (2^h, P) and B (2^k, P), the
masses of all orthants are one small matrix product A B^T over the P points: 2^h + 2^k numbers a point
instead of 2^D. The derivative needs no more: of log (1 - s_j) it is -s_j, of log s_j it is 1 - s_j,
so that dL / dz_j = R_j - s_j R, where R sums A * dL/dA over all rows and R_j over those with bit j.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True)
class Chunk:
    """A sum over some centres of each of B planets.

    Attributes:
        log_z: logarithm of the sum (B,).
        gradient: of tau times it, with respect to all points (B, P, D); P = 0 where it is not wanted.
    """

    log_z: Tensor
    gradient: Tensor

    @classmethod
    def empty(cls, samples: Tensor) -> Chunk:
        """No centre yet, and a gradient like `samples` (B, P, D)."""
        return cls(samples.new_full(samples.shape[:1], -math.inf), torch.zeros_like(samples))

    def joined(self, other: Chunk) -> Chunk:
        """The sum over the centres of both."""
        log_z = torch.logaddexp(self.log_z, other.log_z)
        finite = log_z.masked_fill(log_z == -math.inf, 0.0)  # no centre that counts: shares of 0, not NaN
        share, others = ((one - finite).exp()[:, None, None] for one in (self.log_z, other.log_z))
        return Chunk(log_z, self.gradient * share + other.gradient * others)


def points_held(dimensions: int) -> int:
    """Numbers that one centre needs for each point."""
    half = dimensions // 2
    return (1 << half) + (1 << (dimensions - half)) + 2 * dimensions


def evaluate(
    samples: Tensor,
    signed: Tensor,
    centres: slice,
    temperature: float,
    maximum_temperature: float,
    gradient: bool,
) -> Chunk:
    """Sum over some centres and all orthants of mass * cosh(difference / maximum_temperature) / 2^D.

    Arguments:
        samples: points (B, P, D).
        signed: mass of each point (B, P), positive in sample a and negative in b.
        centres: which of the points are centres.
        temperature: width of the logistic functions, in units of the samples.
        maximum_temperature: in units of mass.
        gradient: whether it is wanted.
    """
    planets, points, dimensions = samples.shape
    across = samples.mT
    above = _above(across, across[:, :, centres], temperature)
    n_centres = above.shape[1]
    rows = above.reshape(-1, dimensions, points)
    half = dimensions // 2
    mass = signed[:, None].expand(planets, n_centres, points).reshape(-1, 1, points)
    first, second = _memberships(mass, rows[:, :half]), _memberships(None, rows[:, half:])
    differences = torch.bmm(first, second.mT)
    scaled = differences.reshape(planets, n_centres, -1) / maximum_temperature
    size = scaled.abs()
    # log cosh without overflow; a sample's centres count for half its mass
    log_cosh = size + softplus(-2.0 * size) - math.log(2.0)
    terms = log_cosh + (0.5 * signed[:, centres].abs()).log()[..., None] - dimensions * math.log(2.0)
    log_z = terms.flatten(1).logsumexp(dim=1)
    if not gradient:
        return Chunk(log_z, samples[:, :0])
    finite = log_z.masked_fill(log_z == -math.inf, 0.0)
    slopes = (terms - finite[:, None, None]).exp_().mul_(scaled.tanh_()).reshape(differences.shape)
    by_first, total = _sums(torch.bmm(slopes, second).mul_(first))
    by_second, _ = _sums(torch.bmm(slopes.mT, first).mul_(second))
    # in units of the samples, with respect to point minus centre (B, C, D, P)
    moves = torch.cat([by_first, by_second], dim=1).sub_(rows * total).div_(temperature)
    moves = moves.reshape(above.shape)
    change = moves.sum(dim=1).mT.contiguous()
    change[:, centres] -= moves.sum(dim=-1)
    return Chunk(log_z, change)


def _above(points: Tensor, centres: Tensor, temperature: float) -> Tensor:
    """To what degree points (B, D, P) lie above centres (B, D, C) in each dimension (B, C, D, P)."""
    shift = points[:, None] - centres.permute(0, 2, 1)[..., None]
    tied = torch.eq(shift, 0.0, out=torch.empty_like(shift))
    # one half becomes one: ties count as above, as in the exact distance
    return shift.div_(temperature).sigmoid_().add_(tied, alpha=0.5)


def _memberships(mass: Tensor | None, above: Tensor) -> Tensor:
    """Mass times the Kronecker product of k pairs (1 - s, s): (R, 2^k, P) of above (R, k, P).

    Bit j of the row says above (1) or below (0) in dimension j. Without mass it is 1.
    """
    rows, k, points = above.shape
    products = above.new_empty(rows, 2**k, points)
    products[:, :1] = 1.0 if mass is None else mass
    for j in range(k):
        size = 2**j
        below = products[:, :size]
        upper = torch.mul(below, above[:, j, None], out=products[:, size : 2 * size])
        below -= upper
    return products


def _sums(terms: Tensor) -> tuple[Tensor, Tensor]:
    """Of terms (R, 2^k, P): the sums over rows with bit j (R, k, P), and over all rows (R, 1, P)."""
    n_rows = terms.shape[1]
    row = torch.arange(n_rows, device=terms.device)
    bits = [(row >> j) & 1 for j in range(n_rows.bit_length() - 1)]
    chosen = torch.stack([*bits, torch.ones_like(row)]).to(terms.dtype)
    sums = chosen @ terms
    return sums[:, :-1], sums[:, -1:]
