"""Retrievals that were given up before they had sampled their posterior as carefully as was asked."""

from __future__ import annotations

from collections.abc import Sequence

from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace

NAMED = 3  # planets that the sentence names


def stopped_sentence(
    planets: Sequence[str], traces: Sequence[NestedTrace], options: NestedOptions
) -> str | None:
    """One sentence if any retrieval reached the limit of likelihoods, else None.

    A trace counts its likelihoods, those of the exact model for the rows it keeps among them; one that would
    have ended within so few of the limit is named too.

    Arguments:
        planets: their names.
        traces: of each.
        options: with which they were sampled.
    """
    stopped = [planet for planet, trace in zip(planets, traces, strict=True) if trace.calls >= options.calls]
    if not stopped:
        return None
    rest = f" and {len(stopped) - NAMED} more" if len(stopped) > NAMED else ""
    return (
        f"{len(stopped)} of {len(traces)} retrievals were stopped at the limit of {options.calls:,} "
        f"likelihoods, before an effective sample size of {options.effective:,} "
        f"({', '.join(stopped[:NAMED])}{rest}); their posteriors are rough."
    )
