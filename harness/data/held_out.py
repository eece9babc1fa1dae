"""Which planets are set aside: a rule that depends on nothing but their names and a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def held_out(planets: Sequence[str], n: int, seed: int, purpose: str) -> NDArray[np.intp]:
    """The positions, ascending, of n planets drawn by the hash of their names.

    The draw is the same on every machine, with every version of numpy, and whatever the order
    of the planets.

    Arguments:
        planets: planet ids.
        n: how many to draw, at most all of them.
        seed: another seed draws other planets.
        purpose: another purpose ("test", "valid") draws independently.
    """
    key = [hashlib.sha256(f"{purpose}:{seed}:{planet}".encode()).digest() for planet in planets]
    return np.sort(np.array(sorted(range(len(planets)), key=key.__getitem__)[:n], dtype=np.intp))
