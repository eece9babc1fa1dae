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
from harness.sweep.results import Behind, Tried
from harness.untrusted.words import printable


def ranked(tried: Sequence[Tried], challenges: SweepChallenges) -> list[Tried]:
    """Best first, what failed last; each once, though Optuna may have proposed it again."""
    sign = -1 if challenges.higher_is_better else 1
    distinct = {repr(one.trial): one for one in tried}.values()
    return sorted(distinct, key=lambda one: (one.score is None, sign * (one.score or 0)))


def _behind(best: Sequence[Tried], challenges: SweepChallenges, home: Path) -> list[Behind | None]:
    """Of each trial how far it is from the first, None of the first itself."""
    return [
        None if one is best[0] or one.score is None else Behind.of(one, best[0], challenges.scorer, home)
        for one in best
    ]


def show_table(tried: Sequence[Tried], challenges: SweepChallenges, home: Path) -> None:
    """Print the table, on which planets it was scored, and the command for the best on the test planets."""
    console = console_for_tables()
    table = Table(box=None, header_style="bold")
    for header in ("#", challenges.scorer, "less the best", "method and options", "runs", "seconds"):
        table.add_column(header, justify="left" if header.startswith("method") else "right", overflow="fold")
    best = ranked(tried, challenges)
    behind = _behind(best, challenges, home)
    for place, (one, less) in enumerate(zip(best, behind, strict=True), 1):
        score = "-" if one.score is None else f"{one.score:.4g}"
        finished = sum(run.status == "finished" for run in one.runs)
        title = printable(one.trial.title)
        apart = "" if place == 1 else "-" if less is None else f"{less.value:+.3g} ± {less.error:.2g}"
        table.add_row(str(place), score, apart, title, f"{finished} of {len(one.runs)}", f"{one.seconds:.1f}")
    console.print(table)
    for sentence in challenges.notes:
        console.print(printable(sentence), soft_wrap=True)
    if alike := sum(less is not None and not less.told for less in behind):
        console.print(
            f"{counted(alike, 'trial')} cannot be told from the best on the same planets (two "
            "standard errors of the difference).",
            soft_wrap=True,
        )
    if best and best[0].score is not None:
        console.print("The best options on the test planets:", soft_wrap=True)
        for command in _commands(best[0], challenges):
            console.print(f"  {printable(command)}", soft_wrap=True)


def document(tried: Sequence[Tried], challenges: SweepChallenges, home: Path) -> dict[str, Any]:
    """The same for JSON."""
    best = ranked(tried, challenges)
    behind = _behind(best, challenges, home)
    return {
        "score": challenges.scorer,
        "higher_is_better": challenges.higher_is_better,
        "challenges": [challenge.spec for challenge in challenges.opened],
        "notes": list(challenges.notes),
        "trials": [
            {
                "score": one.score,
                "less_the_best": None if less is None else less.value,
                "less_the_best_error": None if less is None else less.error,
                "estimator": one.trial.estimator,
                "preprocessor": one.trial.preprocessor,
                "embedder": one.trial.embedder,
                "settings": one.trial.settings,
                "seconds": one.seconds,
                "runs": [{"run": run.run_id, "status": run.status, "seed": run.seed} for run in one.runs],
            }
            for one, less in zip(best, behind, strict=True)
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
