"""What a board knows beside the records of its runs: added scores, and whether recorded ones hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.data.record import ScoreRecord
from harness_leaderboard.connections import has_table, reading
from harness_leaderboard.proofs.checks import HOLDS, digest_of

if TYPE_CHECKING:
    from harness.data.record import RunRecord
    from harness_leaderboard.store import Store


@dataclass(frozen=True)
class Proofs:
    """What was scored again from the kept predictions of runs.

    Attributes:
        added: scores by run that its record has not.
        rescored: ids of the runs whose recorded scores were recomputed, and hold.
    """

    added: Mapping[str, Sequence[ScoreRecord]] = field(default_factory=dict)
    rescored: Collection[str] = frozenset()

    @classmethod
    def of(cls, store: Store, runs: Iterable[RunRecord]) -> Proofs:
        """Those in a store; what cannot be read there is left out.

        Raises:
            HarnessError: the store cannot be read.
        """
        added: dict[str, list[ScoreRecord]] = {}
        checked: dict[str, str] = {}
        with reading(store.path) as connection:
            if connection is not None and has_table(connection, "added_scores"):
                for run_id, text in connection.execute(
                    "SELECT run_id, score FROM added_scores ORDER BY rowid"
                ):
                    with suppress(TypeError, ValueError):
                        added.setdefault(run_id, []).append(ScoreRecord.parse(text))
                query = "SELECT run_id, record FROM checks WHERE outcome = ?"
                checked = dict(connection.execute(query, (HOLDS,)).fetchall())
        holding = {run.run_id for run in runs if checked and checked.get(run.run_id) == digest_of(run)}
        return cls(added, holding)


NO_PROOFS = Proofs()
