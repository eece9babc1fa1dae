"""Round numbers on a logarithmic axis, however little of it is shown."""

from __future__ import annotations

import math

FEWEST, MOST = 3, 8
STEPS = ((1,), (1, 3), (1, 2, 5))  # within a decade, the coarsest that gives enough is taken


def log_ticks(low: float, high: float) -> list[float]:
    """Where to label a logarithmic axis between two positive numbers: where it shows less than a decade or
    so, at even steps."""
    if not high > low:
        return [low]
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in STEPS:
        ticks = [step * 10.0**exponent for exponent in exponents for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= FEWEST:
            return inside[:: -(-len(inside) // MOST)]
    unit = 10.0 ** math.floor(math.log10((high - low) / FEWEST))
    for multiple in (5, 2, 1):
        step = multiple * unit
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first + 1 >= FEWEST:
            break
    return [float(f"{number * step:.10g}") for number in range(first, last + 1)]
