"""How long `harness leaderboard` takes to print the table of a home with thousands of runs.

    python benchmarks/board.py
    python benchmarks/board.py --runs 20000 --seeds 10 --home some-home

makes one run of `prior` on `toy`, and of its record and its scores of single planets as many runs as asked
for: of several challenges, of methods that differ in an option, and of several seeds, each with a folder in
the home and scores that differ planet by planet. Then the command runs in a process of its own, again and
again, and the fastest and the median time are printed, of wall clock and of processor. A `--home` that has
runs already is measured as it is. Before the first time that counts the scores of planets are taken into the
store, as they are at the end of a run; that time is printed too.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from harness.cli import main
from harness.data.record import RunRecord
from harness.runs.home import PER_PLANET, RECORD, Home

COMMAND = [sys.executable, "-m", "harness", "leaderboard", "--home"]
SPREAD = 40.0  # of the methods' scores, and of the planets' around them


def make_home(home: Path, runs: int, challenges: int, seeds: int) -> None:
    """Fill a home with runs that are like a real one."""
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
            main(["run", "-e", "prior", "-c", "toy", "--home", folder])
        [real] = Home(folder).all_runs()
        record = RunRecord.read(real / RECORD)
        with (real / PER_PLANET).open(newline="") as file:
            head, *rows = csv.reader(file)
    scores = np.array([[float(cell or "nan") for cell in row[2:]] for row in rows])
    generator = np.random.default_rng(0)
    for number, copy in enumerate(_copies(record, runs, challenges, seeds)):
        method = np.random.default_rng(number // seeds).normal(scale=SPREAD, size=scores.shape)
        own = scores + method + generator.normal(scale=SPREAD, size=scores.shape)
        for score, column in zip(copy.scores, own.T, strict=True):
            score.value = float(np.nanmean(column))
        folder = home / copy.artifacts
        folder.mkdir(parents=True)
        copy.write(folder / RECORD)
        with (folder / PER_PLANET).open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head)
            writer.writerows([*row[:2], *line] for row, line in zip(rows, own.tolist(), strict=True))


def _copies(record: RunRecord, runs: int, challenges: int, seeds: int) -> Iterator[RunRecord]:
    for number in range(runs):
        copy = record.model_copy(deep=True)
        entry, seed = divmod(number, seeds)
        method, challenge = divmod(entry, challenges)
        copy.run_id = f"20260101-{number:06d}000-method{method % 20}-{number:04x}"
        copy.artifacts = f"runs/{copy.run_id}"
        copy.started_at = f"2026-01-{1 + number % 28:02d}T{number % 24:02d}:00:00+00:00"
        copy.seed = seed
        copy.challenge.fingerprint = f"{challenge:016x}"
        copy.challenge.options["seed"] = challenge
        copy.estimator.name = f"method{method % 20}"
        copy.estimator.options = {"width": 2 * (method // 20), "learning_rate": 1e-3, "epochs": 100}
        copy.estimator.changed = {"width": 2 * (method // 20)}
        yield copy


def measure(home: Path, times: int) -> tuple[list[float], list[float]]:
    """Wall-clock and processor seconds of each call of the command."""
    wall, processor = [], []
    for _ in range(times):
        before, start = os.times(), time.perf_counter()
        subprocess.run([*COMMAND, str(home)], check=True, stdout=subprocess.DEVNULL)
        wall.append(time.perf_counter() - start)
        after = os.times()
        processor.append(
            after.children_user - before.children_user + after.children_system - before.children_system
        )
    return wall, processor


def _told(seconds: list[float]) -> str:
    return f"{min(seconds):.2f} s at best, {statistics.median(seconds):.2f} s in the median"


def main_of_benchmark() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--challenges", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--home", type=Path, help="made if it has no runs, and kept")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder)
        if not Home(home).all_runs():
            make_home(home, asked.runs, asked.challenges, asked.seeds)
        [first], _ = measure(home, 1)
        wall, processor = measure(home, asked.times)
        print(f"{len(Home(home).all_runs()):,} runs; load of the machine {os.getloadavg()[0]:.1f}")
        print(f"first time: {first:.2f} s")
        print(f"wall clock: {_told(wall)}")
        print(f"processor:  {_told(processor)}")


if __name__ == "__main__":
    main_of_benchmark()
