"""Lines inside a band: the statistical model of Malkmus, laid out as a comb over the wavenumber grid.

Malkmus' narrow-band model has lines of half-width alpha at random positions, delta apart in the mean, whose
strengths are distributed as exp(-S)/S. The absorption coefficient relative to its mean then follows an
inverse Gaussian distribution of mean 1 and shape y = pi alpha / (2 delta) (Domoto 1974). The smaller y, the
further the geometric mean falls below the arithmetic mean: lines stand apart. Pressure widens the lines, y
grows, and the gaps fill.

The grid is cut into blocks of 32 points. Each point of a block holds one of 32 equal shares of the
distribution of k, in a pseudo-random order that depends on nothing but the molecule and the block, so that a
block keeps the arithmetic mean exactly, at any temperature and pressure.

References:
    Malkmus, Random Lorentz band model with exponential-tailed S^-1 line-intensity distribution function,
    Journal of the Optical Society of America 57, 323 (1967).
    Domoto, Frequency integration for radiative transfer problems involving homogeneous non-gray gases: the
    inverse transmission function, JQSRT 14, 935 (1974).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLOCK_BITS = 5
BLOCK = 1 << BLOCK_BITS  # points
_LOG_OVERLAP: Array = np.linspace(-14.0, 4.0, 181)  # log10 y


def comb(molecule: str, points: int) -> NDArray[np.int64]:
    """The share of the distribution, 0 (deepest gap) to 31 (line centre), of each grid point (points,).

    Bit-reversed order with the bits flipped by a hash of molecule and block: every aligned half, quarter and
    so on of a block is stratified too, and the lines of two molecules stand independently.
    """
    place = np.arange(BLOCK)
    reversed_bits = sum(((place >> bit) & 1) << (BLOCK_BITS - 1 - bit) for bit in range(BLOCK_BITS))
    blocks = -(-points // BLOCK)
    flips = [
        hashlib.blake2b(f"{molecule}:{block}".encode(), digest_size=1).digest()[0] % BLOCK
        for block in range(blocks)
    ]
    order = np.asarray(reversed_bits)[None, :] ^ np.array(flips)[:, None]
    return np.asarray(order.ravel()[:points], dtype=np.int64)


def contrast(overlap: Array, share: NDArray[np.int64]) -> Array:
    """Absorption relative to its mean, at points of the comb (..., W).

    Arguments:
        overlap: Malkmus' y, pi times the half-width of a line over twice the spacing (..., W).
        share: the comb (W,).
    """
    table = _table()
    position = np.interp(np.log10(overlap), _LOG_OVERLAP, np.arange(len(_LOG_OVERLAP), dtype=np.float64))
    lower = np.minimum(position.astype(np.int64), len(_LOG_OVERLAP) - 2)
    beyond = position - lower
    # linear between the rows, so that the mean over a block stays one
    return np.asarray((1.0 - beyond) * table[lower, share] + beyond * table[lower + 1, share])


@lru_cache(maxsize=1)
def _table() -> Array:
    return np.stack([_share_means(10.0**exponent) for exponent in _LOG_OVERLAP])


def _share_means(overlap: float) -> Array:
    """Mean of an inverse Gaussian variable (mean 1, shape `overlap`) over 32 parts of equal probability."""
    value = torch.linspace(-36.0, 36.0, 14401, dtype=torch.float64).exp()
    root = (overlap / value).sqrt()
    below = torch.special.log_ndtr(root * (value - 1.0)).exp()
    reflected = (2.0 * overlap + torch.special.log_ndtr(-root * (value + 1.0))).exp()
    probability = np.maximum.accumulate((below + reflected).numpy())
    partial_mean = (below - reflected).numpy()
    parts = np.interp(np.arange(1, BLOCK) / BLOCK, probability, partial_mean)
    return np.diff(np.concatenate([[0.0], parts, [1.0]])) * BLOCK
