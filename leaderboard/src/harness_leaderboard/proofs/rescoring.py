"""Scores that runs were not recorded with, from their kept predictions: nothing is fitted again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.components import Challenge, Scorer
from harness.components.settings import options_for, refuse_unused
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.registry.plugins import registry
from harness.runs.assembly import Choice
from harness.runs.scoring import applicable_scorers, score_all
from harness_leaderboard.planet_scores import Planets
from harness_leaderboard.proofs.added import keep_added, scorer_key
from harness_leaderboard.proofs.kept import Kept
from harness_leaderboard.store import Store


@dataclass(frozen=True)
class Rescored:
    """What became of one run.

    Attributes:
        run: the run.
        added: scores that it has now by the scorer's name.
        reason: why it got none, in a clause; None where it had all before, too.
    """

    run: RunRecord
    added: Mapping[str, float | None]
    reason: str | None = None


class Rescorer:
    """Adds scores to the runs of a board.

    Arguments:
        store: of the board.
        kept: predictions and challenges.
        scorers: their names; none means those of the challenge, and those that any of its runs has.
        settings: options of scorers, by kind or by name.

    Raises:
        HarnessError: a scorer or an option is unknown.
    """

    def __init__(
        self, store: Store, kept: Kept, scorers: Sequence[str], settings: dict[str, dict[str, Any]]
    ) -> None:
        self._store = store
        self._kept = kept
        self._settings = settings
        self._named = list(dict.fromkeys(scorers))
        self._asked = [self._choice(name) for name in self._named]
        refuse_unused(settings, ["scorer", *(self._named or registry().names("scorer"))])
        self._chosen: dict[str, list[Choice[Scorer]]] = {}

    def rescore(
        self,
        runs: Sequence[RunRecord],
        has: Callable[[RunRecord], Sequence[str]],
        done: Callable[[Rescored], None],
    ) -> None:
        """Add what is missing, run by run; what was added stays, should a later one fail.

        Arguments:
            runs: finished, of one challenge or of several.
            has: the `scorer_key` of every score that a run has.
            done: called for each run.

        Raises:
            HarnessError: a scorer that was asked for does not apply to a challenge, or the store cannot be
                written.
        """
        on_board: dict[str, dict[str, None]] = {}
        for run in runs:
            names = on_board.setdefault(run.challenge.fingerprint, {})
            names.update(dict.fromkeys(score.scorer.name for score in run.scores))
        for run in runs:
            done(self._one(run, has(run), list(on_board[run.challenge.fingerprint])))

    def _one(self, run: RunRecord, has: Sequence[str], on_board: Sequence[str]) -> Rescored:
        try:
            self._kept.folder(run)
            challenge = self._kept.challenge(run)
        except HarnessError as error:
            return Rescored(run, {}, str(error).rstrip("."))
        missing = [
            choice for choice in self._scorers(challenge, on_board) if scorer_key(choice.record()) not in has
        ]
        if not missing:
            return Rescored(run, {})
        test = challenge.test
        try:
            results = score_all(missing, self._kept.prediction(run), test, challenge)
        except HarnessError as error:
            return Rescored(run, {}, str(error).rstrip("."))
        kinds = [""] * len(test) if test.partition is None else test.partition.tolist()
        planets = Planets(tuple(map(str, test.observations.names.tolist())), tuple(map(str, kinds)))
        keep_added(self._store, run.run_id, planets, results)
        return Rescored(run, {record.scorer.name: record.value for record, _ in results})

    def _scorers(self, challenge: Challenge, on_board: Sequence[str]) -> list[Choice[Scorer]]:
        key = challenge.fingerprint
        if key not in self._chosen:
            installed = registry().names("scorer")
            names = dict.fromkeys([*challenge.scorers, *(name for name in on_board if name in installed)])
            wanted = self._asked or [self._choice(name) for name in names]
            self._chosen[key], _ = applicable_scorers(
                challenge, challenge.test, wanted, required=bool(self._asked)
            )
        return self._chosen[key]

    def _choice(self, name: str) -> Choice[Scorer]:
        return Choice.of("scorer", name, options_for(self._settings, "scorer", name))
