"""What is left of a run that is ended at any step of its own code, tried at every one of them and counted.

    python benchmarks/kill_points.py --results kills.jsonl

makes a small run of `nearest` on `toy` once, counts its steps (every call and return in the harness's code
from the beginning of the run, or with --stage recording from the renaming of its folder, to its end), and
makes it again for each step and each of two signals, which it sends to itself there: SIGKILL, which no
process survives, and SIGTERM, as a cluster sends it. After each the board must have what is on the disk, and
the same command with --resume must leave one finished run, one entry on the board, and nothing half-written.
Points are tried in an order drawn from --seed; what --results holds already is not tried again, so that a
sweep may be stopped at any time and go on. Needs a system with fork. Exits with 1 if anything was wrong.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # runs are made in forks, which threads do not survive

import argparse
import contextlib
import io
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from harness.cli import main
from harness.runs.run_folder import UnfinishedRun
from harness.runs.runner import execute

SMALL = ("-c", "toy", "--set", "challenge.train=40", "--set", "challenge.test=3", "-s", "r2")
RUN = ("run", "-e", "nearest", *SMALL, "--json")
SIGNALS = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM}
BEGINS: dict[str, CodeType] = {"run": execute.__code__, "recording": UnfinishedRun.complete.__code__}


def command(home: Path, *words: str) -> tuple[int, str]:
    """Exit code and standard output of a command.

    Raises:
        KeyboardInterrupt: this process was told to stop meanwhile, which says nothing about the point.
    """
    told, errors, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(errors):
        try:
            main([*words, "--home", str(home)])
        except SystemExit as end:
            code = int(end.code or 0)
    if signal.getsignal(signal.SIGTERM) == signal.SIG_IGN:  # as the command leaves it that was stopped
        raise KeyboardInterrupt
    return code, told.getvalue()


def at_each_step(stage: str, act: Callable[[], None]) -> None:
    """From now on call `act` at every step of the harness's code in a stage of the next run."""
    watching = False

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal watching
        watching |= frame.f_code is BEGINS[stage]
        watching &= (frame.f_code, event) != (execute.__code__, "return")
        if watching and "harness" in frame.f_code.co_filename:
            act()

    sys.setprofile(watch)


def number_of_steps(stage: str, folder: Path) -> int:
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    command(folder / "which imports", *RUN)
    at_each_step(stage, count)
    command(folder / "whole", *RUN)
    sys.setprofile(None)
    return steps


def end_at(stage: str, step: int, number: signal.Signals, home: Path) -> int:
    """Make the run in a process that sends itself a signal at a step; how it ended, as `os.waitpid` says."""
    child = os.fork()
    if child == 0:
        left = step

        def send() -> None:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), number)
            left -= 1

        at_each_step(stage, send)
        try:
            os._exit(command(home, *RUN)[0])
        except KeyboardInterrupt:
            os._exit(2)
    return os.waitpid(child, 0)[1]


def statuses(home: Path) -> list[str]:
    """Of the runs that lie in a home."""
    return [json.loads(path.read_text())["status"] for path in sorted(home.glob("runs/[!.]*/record.json"))]


def entries(home: Path) -> int:
    """Of the board of a home."""
    code, told = command(home, "leaderboard", "--json")
    return sum(len(board["entries"]) for board in json.loads(told)) if code == 0 else -1


def fault(home: Path, number: signal.Signals, ended: int) -> str | None:
    """What is wrong with what a run left that ended this way, or with what `--resume` makes of it."""
    if number == signal.SIGKILL and not (os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == number):
        return "was not killed there"
    if number == signal.SIGTERM and not (os.WIFEXITED(ended) and os.WEXITSTATUS(ended) in (0, 2)):
        return f"ended with {os.waitstatus_to_exitcode(ended)}"
    if entries(home) != statuses(home).count("finished"):
        return "the board has not what is on the disk"
    if command(home, *RUN, "--resume")[0] != 0:
        return "--resume failed"
    if statuses(home).count("finished") != 1 or entries(home) != 1:
        return "--resume did not leave one finished run on the board"
    if left := [*home.glob("*/.*"), *home.glob("checkpoints/*")]:
        return f"left {left[0].name}"
    return None


def tried(stage: str, step: int, name: str) -> dict[str, Any]:
    """Try one point: how far the run had come there, and what was wrong, None if nothing."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ended = end_at(stage, step, SIGNALS[name], home)
        kept = "/".join(statuses(home)) or "nothing"
        wrong = fault(home, SIGNALS[name], ended)
    return {"stage": stage, "step": step, "signal": name, "kept": kept, "fault": wrong}


def points(asked: argparse.Namespace, steps: int, known: set[tuple[Any, ...]]) -> Iterator[tuple[int, str]]:
    """Those still to be tried, in the order of the seed; evenly many with each signal at any time."""
    chosen = range(steps) if asked.points is None else even(steps, asked.points)
    order = [(step, name) for step in chosen for name in asked.signals]
    random.Random(asked.seed).shuffle(order)
    return ((step, name) for step, name in order if (step, name) not in known)


def even(steps: int, number: int) -> list[int]:
    """Some steps from the first to the last."""
    return [at * (steps - 1) // max(number - 1, 1) for at in range(number)]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Try a run's end at every step of its code.")
    parser.add_argument("--stage", choices=BEGINS, default="run", help="where the steps begin")
    parser.add_argument("--signals", nargs="+", choices=SIGNALS, default=list(SIGNALS))
    parser.add_argument("--points", type=int, help="only so many steps, evenly spread")
    parser.add_argument("--seed", type=int, default=0, help="of the order")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--results", type=Path, help="JSON lines to go on with, and to add to")
    return parser.parse_args()


def sweep() -> int:
    asked = arguments()
    os.environ["HARNESS_HOME"] = os.devnull  # every command is given its own
    found = []
    if asked.results and asked.results.exists():
        every = [json.loads(line) for line in asked.results.read_text().splitlines()]
        found = [one for one in every if one["stage"] == asked.stage]
    until = time.monotonic() + asked.seconds
    with tempfile.TemporaryDirectory() as folder:
        steps = number_of_steps(asked.stage, Path(folder))
    known = {(one["step"], one["signal"]) for one in found}
    for done, (step, name) in enumerate(points(asked, steps, known), 1):
        found.append(tried(asked.stage, step, name))
        if asked.results:
            with asked.results.open("a") as file:
                file.write(json.dumps(found[-1]) + "\n")
        if done % 100 == 0:
            print(f"{len(found):,} points", file=sys.stderr, flush=True)
        if time.monotonic() > until:
            break
    counts = Counter((one["signal"], one["kept"], one["fault"] or "right") for one in found)
    document = {
        "stage": asked.stage,
        "steps": steps,
        "tried": len(found),
        "wrong": sum(one["fault"] is not None for one in found),
        "counts": [
            {"signal": name, "kept": kept, "outcome": outcome, "points": number}
            for (name, kept, outcome), number in sorted(counts.items())
        ],
    }
    print(json.dumps(document, indent=2))
    return 1 if document["wrong"] else 0


if __name__ == "__main__":
    sys.exit(sweep())
