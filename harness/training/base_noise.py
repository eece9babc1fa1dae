"""Standard normal noise that covers its space more evenly than chance does."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

NET_SEED = 0  # of the scrambling of the nets
EDGE = 2.0**-53  # nearest to 0 and 1 that a number is taken, where the normal quantile is infinite


def even_normal(planets: int, n: int, width: int, generator: torch.Generator | None) -> Tensor:
    """Standard normal draws (planets, n, width), float64, that fill their space evenly.

    Each planet has the points of a Sobol net, in random order, shifted together by a uniform vector of its
    own modulo 1, and carried through the normal quantile. So every single draw is exactly standard normal
    and planets are independent, but the n draws of a planet keep out of one another's way: means over them,
    and above all the distribution functions that posteriors are compared by, have less chance in them than
    those of independent draws. Draws of several calls may be put side by side, as those of a latent variable
    and of what follows from it: the order pairs them by chance. They are on the device of the generator,
    torch's own if None.

    Randomised quasi-Monte Carlo: Cranley & Patterson 1976, SIAM J. Numer. Anal. 13, 904; in random order, as
    Latin supercube sampling, Owen 1998, ACM Trans. Model. Comput. Simul. 8, 71; under importance weights,
    Gerber & Chopin 2015, J. R. Statist. Soc. B 77, 509.
    """
    generator = generator or torch.default_generator
    device = generator.device
    shift = torch.rand(planets, 1, width, generator=generator, dtype=torch.float64, device=device)
    order = torch.randperm(n, generator=generator, device=device)
    places = (_net(n, width).to(device)[order] + shift).remainder(1.0)
    return math.sqrt(2.0) * torch.erfinv(2 * places.clamp(EDGE, 1 - EDGE) - 1)


@lru_cache(maxsize=16)
def _net(n: int, width: int) -> Tensor:
    engine = torch.quasirandom.SobolEngine(width, scramble=True, seed=NET_SEED)  # type: ignore[no-untyped-call]
    return engine.draw(max(1, n), dtype=torch.float64)[:n]
