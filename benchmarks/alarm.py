"""How well the alarm of recorded runs tells shifted test planets from matched ones, and what it costs.

    python benchmarks/alarm.py HOME/runs/RUN ... --draws 3

fits the alarm anew for each draw of the noise, with the distance alone, the posterior predictive chi-square
alone, and both, and prints the scorer `alarm` of each: its mean over draws, and its standard error over
planets in the mean. Nothing is trained.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from harness.challenges import load
from harness.data.alarms import Alarms
from harness.data.posterior import Posterior
from harness.data.score import Score
from harness.runs.alarms import alarms_of_test
from harness.runs.fitted import open_run
from harness.scorers.alarm import AlarmScorer

P_VALUES = {"distance": "distance_p_value", "chi-square": "chi_square_p_value", "both": "p_value"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs")
    parser.add_argument(
        "--test", help="a challenge whose test planets are judged instead, such as one with more"
    )
    parser.add_argument("--draws", type=int, default=3, help="of the noise")
    chosen = parser.parse_args()
    table = Table("run", "by")
    for number, folder in enumerate(chosen.runs):
        fitted = open_run(folder)
        record = fitted.record
        challenge = load(record.challenge.spec, record.challenge.options)
        run = replace(
            fitted.run, forward_check=challenge.forward_check, forward_model=challenge.forward_model
        )
        challenge.forward_check()  # a run's record has it anyway
        if chosen.test:
            challenge = challenge.on(load(chosen.test).test)
        drawn, begun = [], time.perf_counter()
        for draw in range(chosen.draws):
            drawn.append(alarms_of_test(fitted.estimator, challenge, replace(run, seed=draw))[1])
        seconds = (time.perf_counter() - begun) / chosen.draws
        for by, name in P_VALUES.items():
            scores = [score(alarms, name, challenge) for alarms in drawn if getattr(alarms, name) is not None]
            if not scores:
                continue
            if not number and by == "distance":
                for column in ("value", *scores[0].parts, "seconds"):
                    table.add_column(column)
            parts = [[one.parts[part] for one in scores] for part in scores[0].parts]
            cells = [text([(one.value, one.standard_error) for one in scores]), *map(text, parts)]
            table.add_row(f"{record.estimator.name} {record.seed}", by, *cells, f"{seconds:.1f}")
    Console(width=240).print(table)


def score(alarms: Alarms, name: str, challenge) -> Score:
    p_value = getattr(alarms, name)
    n = len(p_value)
    prediction = replace(Posterior.equal(torch.zeros(n, 1, len(challenge.schema.parameters))), alarm=p_value)
    return AlarmScorer.create({}, name="alarm").score(prediction, challenge.test.truth, challenge)


def text(estimates) -> str:
    """The mean over draws, and the standard error over planets in the mean."""
    value, error = torch.tensor([tuple(one) for one in estimates], dtype=torch.float64).mean(dim=0).tolist()
    return f"{value:.3f} ± {error:.3f}"


if __name__ == "__main__":
    main()
