"""Standard normal noise that covers its space more evenly than chance does."""

from __future__ import annotations

import torch
from torch import Tensor

NET_SEED = 0  # of the scrambled net that all planets share
EDGE = 2.0**-53  # nearest to 0 and 1 that a number is taken, where the normal quantile is infinite


def even_normal(planets: int, n: int, width: int, generator: torch.Generator) -> Tensor:
    """Standard normal draws (planets, n, width), float64, that fill their space evenly; on its device.

    Each planet has the points of one scrambled Sobol net, shifted together by a uniform vector of its own
    modulo 1, and carried through the normal quantile. So every single draw is exactly standard normal and
    planets are independent, but the n draws of a planet keep out of one another's way: means over them, and
    above all the distribution functions that posteriors are compared by, have less chance in them than
    those of independent draws.

    Randomised quasi-Monte Carlo: Cranley & Patterson 1976, SIAM J. Numer. Anal. 13, 904; Owen 1998, J.
    Complexity 14, 466; under importance weights, Gerber & Chopin 2015, J. R. Statist. Soc. B 77, 509.
    """
    device = generator.device
    shift = torch.rand(planets, 1, width, generator=generator, dtype=torch.float64, device=device)
    engine = torch.quasirandom.SobolEngine(width, scramble=True, seed=NET_SEED)  # type: ignore[no-untyped-call]
    net = engine.draw(max(1, n), dtype=torch.float64)[:n]
    places = (net.to(device) + shift).remainder(1.0)
    normal: Tensor = torch.special.ndtri(places.clamp(EDGE, 1 - EDGE))
    return normal
