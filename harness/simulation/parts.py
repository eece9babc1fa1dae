"""Which test planets to simulate, from the words of a command line."""

from __future__ import annotations

from collections.abc import Sequence

from harness.components.settings import options_for, parse_settings
from harness.errors import HarnessError, nearest_match
from harness.simulation.challenge import Part
from harness.simulation.mixture import Mixture
from harness.simulation.shifts import SHIFTS, Matched, Shift


def parse_parts(matched: int, shifts: Sequence[str], settings: Sequence[str]) -> list[Part]:
    """Matched test planets, then the shifted ones in the order of `SHIFTS`, the mixture last.

    Arguments:
        matched: how many are matched.
        shifts: `NAME=N` each.
        settings: `NAME.OPTION=VALUE` each, or `shift.OPTION=VALUE` for every one that is named.

    Raises:
        HarnessError: a shift is unknown, named twice, or has no planets; or a setting is not of that form,
            of a shift that takes no part, or out of range.
    """
    every: tuple[type[Shift], ...] = (*SHIFTS, Mixture)
    kinds = {kind.name: kind for kind in every}
    counts: dict[str, int] = {}
    for shift in shifts:
        name, _, number = shift.partition("=")
        if name not in kinds:
            raise HarnessError(
                f"There is no shift '{name}'{nearest_match(name, kinds)}; there is: {', '.join(kinds)}."
            )
        if name in counts:
            raise HarnessError(f"The shift '{name}' is named twice; give its number of planets once.")
        if not (number.isascii() and number.isdecimal() and int(number) > 0):
            raise HarnessError(
                f"--shift {shift} does not say how many planets; write it like {name}=32, at least 1."
            )
        counts[name] = int(number)
    options = parse_settings(settings)
    for name in options:
        if name not in ("shift", *counts):
            raise HarnessError(
                f"The options of '{name}' are set, but no --shift {name}=N asks for planets of it"
                f"{nearest_match(name, counts)}."
            )
    parts = [Part(Matched.create(), matched)]
    return parts + [
        Part(kind.create(options_for(options, "shift", name)), counts[name])
        for name, kind in kinds.items()
        if name in counts
    ]
