"""Numbers as a table shows them: the decimals of a column come from its errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from harness_leaderboard.pooling import Pooled

NONE = "-"
MOST_DECIMALS = 6


def decimals(column: Sequence[Pooled]) -> int:
    """How many decimals a column of numbers is worth.

    So many that the median of its errors shows two significant digits where the first is 1, 2 or 3, and
    else one; without errors, so many that the largest value shows four.
    """
    errors = [pooled.standard_error for pooled in column if pooled.value is not None]
    known = [error for error in errors if error]
    sizes = [abs(pooled.value) for pooled in column if pooled.value]
    if known:
        magnitude = math.floor(math.log10(median(known)))
        wanted = (1 if median(known) < 4 * 10.0**magnitude else 0) - magnitude
    elif sizes:
        wanted = 3 - math.floor(math.log10(max(sizes)))
    else:
        wanted = 1
    return min(max(wanted, 0), MOST_DECIMALS)


def values(column: Sequence[Pooled]) -> list[str]:
    """A column of numbers without their errors."""
    places = decimals(column)
    return [_fixed(pooled.value, places) for pooled in column]


def values_with_errors(column: Sequence[Pooled]) -> list[str]:
    """A column of "value ± standard error", or the value alone where no error is known."""
    places = decimals(column)
    return [
        _fixed(pooled.value, places)
        if pooled.value is None or pooled.standard_error is None
        else f"{_fixed(pooled.value, places)} ± {_fixed(pooled.standard_error, places)}"
        for pooled in column
    ]


def seconds(value: float | None) -> str:
    """A duration in seconds: "0.04 s", "3.1 s", "41 s", "4,012 s"."""
    if value is None:
        return NONE
    places = 2 if value < 1 else 1 if value < 10 else 0
    return f"{value:,.{places}f} s"


def size(n_bytes: int | None) -> str:
    """An amount of memory: "1.5 GiB"."""
    if n_bytes is None:
        return NONE
    amount, units = float(n_bytes), ["B", "KiB", "MiB", "GiB", "TiB"]
    while amount >= 1024 and len(units) > 1:
        amount, units = amount / 1024, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def _fixed(value: float | None, places: int) -> str:
    if value is None:
        return NONE
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text
