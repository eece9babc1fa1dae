"""What `harness sweep` does: rounds of trials, each a run for every challenge and seed, and their table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from harness.cli.options import print_json
from harness.cli.results import others_to_standard_error
from harness.cli.sweep_table import document, show_table
from harness.cli.termination import stop_as_by_control_c
from harness.data.record import RunRecord
from harness.logs.lines import log_line
from harness.runs.home import Home
from harness.runs.recording import failure
from harness.runs.runner import execute, serve_again
from harness.sweep.asked import AskedRun, SweepChallenges
from harness.sweep.description import Sweep
from harness.sweep.results import Tried
from harness.sweep.trials import Search, search_of

Ended = tuple[RunRecord, BaseException | None]
Shown = Callable[[RunRecord, BaseException | None, bool], None]
Made = Callable[[Sequence[AskedRun], Shown], Iterator[tuple[int, Ended]]]

INTERRUPTED = 2


def carry_out(file: Path, cluster: str | None, home: str | None, as_json: bool) -> int:
    """Make the sweep of a file; the exit code of the command.

    Raises:
        HarnessError: it cannot be made.
    """
    stop_as_by_control_c()
    place, sweep = Home(home), Sweep.read(file)
    tried: list[Tried] = []
    with ExitStack() as stack:
        stack.enter_context(others_to_standard_error())
        challenges = SweepChallenges.of(sweep, "cpu" if cluster else sweep.keys.device)
        for sentence in challenges.notes:
            log_line(sentence)
        made = _made_here(place) if cluster is None else _made_on(cluster, sweep, place, stack)
        try:
            _rounds(search_of(sweep, challenges.higher_is_better), challenges, made, tried)
        except KeyboardInterrupt:
            log_line("Interrupted: the same command goes on with what is missing.", level="error")
            if not as_json:
                show_table(tried, challenges, place.path)
            return INTERRUPTED
    if as_json:
        print_json(document(tried, challenges, place.path))
    else:
        show_table(tried, challenges, place.path)
    return 0 if all(one.score is not None for one in tried) else 1


def _rounds(search: Search, challenges: SweepChallenges, made: Made, tried: list[Tried]) -> None:
    ended: dict[str, Ended] = {}  # by identity: what Optuna proposes again is made once
    while trials := search.proposed():
        asked = [run for trial in trials for run in challenges.runs_of(trial)]
        identities = [run.identity for run in asked]
        missing = {
            identity: run for identity, run in zip(identities, asked, strict=True) if identity not in ended
        }

        def show(record: RunRecord, error: BaseException | None, again: bool) -> None:
            told = challenges.told(record) if error is None else failure(record)
            served = f" ({'finished' if error is None else 'failed'} before)" if again else ""
            log_line(f"{record.estimator.name}, seed {record.seed}: {told}{served}", run=record.run_id)

        made_now = list(missing)
        for number, (record, error) in made([missing[one] for one in made_now], show):
            ended[made_now[number]] = record, error
            if isinstance(error, KeyboardInterrupt):
                raise error
        for identity in identities:
            if missing.pop(identity, None) is None:
                show(*ended[identity], True)
        each = len(asked) // len(trials)
        scored = [
            Tried.of(trial, [ended[identities[at * each + one]][0] for one in range(each)], challenges.scorer)
            for at, trial in enumerate(trials)
        ]
        tried += scored
        search.told([one.score for one in scored])


def _made_here(home: Home) -> Made:
    before = {record.identity: record for _, record in home.records() if record.status == "finished"}

    def made(asked: Sequence[AskedRun], show: Shown) -> Iterator[tuple[int, Ended]]:
        for number, one in enumerate(asked):
            record = before.get(one.identity)
            if record is not None:
                serve_again(record, home)
                show(record, None, True)
                yield number, (record, None)
                continue
            record, error = execute(one.plan, one.challenge, list(one.scorers), home)
            show(record, error, False)
            yield number, (record, error)

    return made


def _made_on(cluster: str, sweep: Sweep, home: Home, stack: ExitStack) -> Made:
    from harness.cli.cluster_runs import cluster_runs
    from harness.cluster.place import Place
    from harness.cluster.runs import Asked

    keys = sweep.keys
    most = keys.at_once if keys.search == "optuna" else (keys.trials or 1000)
    n_runs = most * len(keys.seeds) * len(keys.challenges)
    runs = stack.enter_context(cluster_runs(Place.parse(cluster), keys.device, True, home, n_runs))

    def made(asked: Sequence[AskedRun], show: Shown) -> Iterator[tuple[int, Ended]]:
        return runs.made([Asked(one.plan, one.challenge, one.scorers, one.title) for one in asked], show)

    return made
