"""What to tell somebody who asks for a temperature that the opacity tables do not reach."""

from __future__ import annotations


def outside_sentence(table: tuple[float, float], coldest: float, hottest: float) -> str | None:
    """One sentence if any temperature that was asked for lies outside the tables, else None.

    Arguments:
        table: lowest and highest temperature of the tables [K]; see `TransmissionModel.temperature_range`.
        coldest, hottest: of what was asked for [K].
    """
    low, high = table
    if low <= coldest and hottest <= high:
        return None
    asked = f"{coldest:g} K is" if coldest == hottest else f"{coldest:.5g} to {hottest:.5g} K are"
    return (
        f"The opacities reach from {low:g} to {high:g} K and {asked} asked for; beyond the table its last "
        "cross-sections are used, as TauREx uses them (see docs/physics.md), so that such depths are rough."
    )
