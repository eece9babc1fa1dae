"""The trials of a sweep, best first, as a table and as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from harness.cli.terminal import console_for_tables
from harness.errors import counted
from harness.sweep.asked import SweepChallenges
from harness.sweep.results import Tried, behind
from harness.untrusted.words import printable


def ranked(tried: Sequence[Tried], challenges: SweepChallenges) -> list[Tried]:
    """Best first, what failed last; each once, though Optuna may have proposed it again."""
    sign = -1 if challenges.higher_is_better else 1
    distinct = {repr(one.trial): one for one in tried}.values()
    return sorted(distinct, key=lambda one: (one.score is None, sign * (one.score or 0)))


def _notes(challenges: SweepChallenges) -> list[str]:
    """On which planets trials were scored, and what their errors lack."""
    notes = list(challenges.notes)
    if len(challenges.sweep.keys.seeds) == 1:
        notes.append(
            "With one seed, errors of differences are those of planets; how seeds scatter is unknown."
        )
    return notes


def show_table(tried: Sequence[Tried], challenges: SweepChallenges, home: Path) -> None:
    """Print the table, on which planets it was scored, and the command for the best on the test planets."""
    console = console_for_tables()
    table = Table(box=None, header_style="bold")
    for header in ("#", challenges.scorer, "less the best", "method and options", "runs", "seconds"):
        table.add_column(header, justify="left" if header.startswith("method") else "right", overflow="fold")
    best = ranked(tried, challenges)
    differences = behind(best, challenges.scorer, home)
    for place, (one, less) in enumerate(zip(best, differences, strict=True), 1):
        score = "-" if one.score is None else f"{one.score:.4g}"
        finished = sum(run.status == "finished" for run in one.runs)
        title = printable(one.trial.title)
        apart = "" if place == 1 else "-" if less is None else f"{less.value:+.3g} ± {less.error:.2g}"
        table.add_row(str(place), score, apart, title, f"{finished} of {len(one.runs)}", f"{one.seconds:.1f}")
    console.print(table)
    for sentence in _notes(challenges):
        console.print(printable(sentence), soft_wrap=True)
    if alike := sum(less is not None and not less.told for less in differences):
        console.print(
            f"{counted(alike, 'trial')} cannot be told from the best on the same planets (95% of the "
            "difference, as in 'harness leaderboard compare').",
            soft_wrap=True,
        )
    if best and best[0].score is not None:
        console.print("The best options on the test planets:", soft_wrap=True)
        for command in _commands(best[0], challenges):
            console.print(f"  {printable(command)}", soft_wrap=True)


def document(tried: Sequence[Tried], challenges: SweepChallenges, home: Path) -> dict[str, Any]:
    """The same for JSON."""
    best = ranked(tried, challenges)
    differences = behind(best, challenges.scorer, home)
    return {
        "score": challenges.scorer,
        "higher_is_better": challenges.higher_is_better,
        "challenges": [challenge.spec for challenge in challenges.opened],
        "notes": _notes(challenges),
        "trials": [
            {
                "score": one.score,
                "less_the_best": None if less is None else less.value,
                "less_the_best_error": None if less is None else less.error,
                "less_the_best_interval": None if less is None else less.interval,
                "estimator": one.trial.estimator,
                "preprocessor": one.trial.preprocessor,
                "embedder": one.trial.embedder,
                "settings": one.trial.settings,
                "seconds": one.seconds,
                "runs": [{"run": run.run_id, "status": run.status, "seed": run.seed} for run in one.runs],
            }
            for one, less in zip(best, differences, strict=True)
        ],
        "commands": _commands(best[0], challenges) if best and best[0].score is not None else [],
    }


def _commands(best: Tried, challenges: SweepChallenges) -> list[str]:
    keys, trial = challenges.sweep.keys, best.trial
    words = ["harness", "run", *(word for spec in keys.challenges for word in ("--challenge", spec))]
    words += ["--estimator", trial.estimator]
    for option, name in (("--preprocessor", trial.preprocessor), ("--embedder", trial.embedder)):
        words += [option, name] if name else []
    words += [word for seed in keys.seeds for word in ("--seed", str(seed))]
    words += [word for scorer in keys.scorers for word in ("--scorer", scorer)]
    for option in ("samples", "device", "time_budget"):
        if option in keys.model_fields_set:
            words += [f"--{option.replace('_', '-')}", str(getattr(keys, option))]
    for target, table in trial.settings.items():
        for option, value in table.items():
            words += ["--set", f"{target}.{option}={json.dumps(value)}"]  # as TOML has it too
    return [shlex.join(words)]
