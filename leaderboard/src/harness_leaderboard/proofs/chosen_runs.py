"""The finished runs of a board that a command is about."""

from __future__ import annotations

from collections.abc import Sequence

from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness_leaderboard.board import of_challenge
from harness_leaderboard.store import Store


def finished_runs(store: Store, references: Sequence[str], challenge: str | None) -> list[RunRecord]:
    """The runs that are named, or all; of one challenge or of any.

    Raises:
        HarnessError: no run is meant, one was not finished, or none is of the challenge.
    """
    if references:
        runs = [store.find(reference) for reference in references]
        for run in runs:
            if run.status != "finished":
                raise HarnessError(
                    f"Run {run.run_id} was not finished ({run.status}); it has no predictions to be scored."
                )
    else:
        runs = [run for run in store.records() if run.status == "finished"]
    if challenge is not None:
        found = of_challenge(runs, challenge)
        if references and len(found) < len(runs):
            other = next(run for run in runs if run not in found)
            raise HarnessError(
                f"Run {other.run_id} is of {other.challenge.spec}, and --challenge says '{challenge}'; leave "
                "out the run or the option."
            )
        runs = found
    if not runs:
        raise HarnessError(f"No run on the board {store.path} has finished; 'harness run' makes some.")
    return list({run.run_id: run for run in runs}.values())
