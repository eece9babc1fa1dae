"""How long the main job takes, against the settings of before and, if asked, against the code of before.

    python benchmarks/main_job.py [--estimator npe-ddks] [--seeds 0 1 2] [--set KEY=VALUE ...]
                                  [--against FOLDER] [--threads N] [--quick] [--json]

Each run is `harness run --estimator NAME` on `ariel-mini` in a process of its own: first as it comes (with
--set as given), then with the settings of November 2026, which the options still express; the order turns
with each seed. With --against FOLDER the latter use the code of that checkout, such as a git worktree of an
older revision, with its own defaults. Printed are the seconds of `fit` and `sample`, the score and the ratio.

--quick trains on few simulations for some short epochs, and prints the steps a second of their median, of the
likelihood alone and, where there is one, with the distance.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

ONCE = {
    "epochs": 30,
    "simulations": 50000,
    "batch": 256,
    "learning_rate": 5e-3,
    "optimizer": "adamw",
}
BEFORE = {
    "npe-kl": ONCE,
    "npe-ddks": {**ONCE, "warm_up": 0.7, "full": 0.85},
    "npe-mmd": {**ONCE, "warm_up": 0.7, "full": 0.85},
}
STEPS = 50  # of a quick epoch
QUICK = {"simulations": 2000, "epochs": 8, "steps": STEPS}
EPOCH = re.compile(r"^(\S+ \S+) INFO \S+: member 1: .*'epoch': ", re.MULTILINE)


@dataclass(frozen=True)
class Side:
    """One of the two that are compared.

    Attributes:
        name: "now" or "before".
        options: of the estimator.
        folder: of the checkout whose code runs; None for what is installed.
        threads: of torch; None for its default.
    """

    name: str
    options: dict[str, Any]
    folder: Path | None
    threads: int | None

    def run(self, estimator: str, seed: int, options: dict[str, Any], samples: int) -> dict[str, Any]:
        """Carry out one run; its record, and under "epochs" when each epoch ended."""
        environment = dict(os.environ)
        if self.folder is not None:
            packages = [self.folder, *self.folder.glob("plugins/*/src"), self.folder / "leaderboard" / "src"]
            environment["PYTHONPATH"] = os.pathsep.join(str(path.resolve()) for path in packages)
        if self.threads is not None:
            environment["OMP_NUM_THREADS"] = str(self.threads)
        command = [sys.executable, "-m", "harness", "run", "--json", "--estimator", estimator]
        command += ["--device", "cpu", "--seed", str(seed), "--samples", str(samples)]
        for key, value in {**self.options, **options}.items():
            command += ["--set", f"estimator.{key}={value}"]
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run(
                [*command, "--home", home], env=environment, check=True, stdout=subprocess.PIPE, cwd=home
            )
            (log,) = Path(home).glob("runs/*/log.txt")
            ends = EPOCH.findall(log.read_text(encoding="utf-8"))
        record = json.loads(done.stdout)
        record = record[0] if isinstance(record, list) else record
        return {**record, "epochs": [datetime.strptime(end, "%Y-%m-%d %H:%M:%S,%f") for end in ends]}


def scored(side: Side, estimator: str, seed: int) -> dict[str, Any]:
    record = side.run(estimator, seed, {}, 2000)
    score = next(one for one in record["scores"] if one["scorer"]["name"] == "ariel")
    seconds = record["seconds"]
    return {
        "side": side.name,
        "seed": seed,
        "fit_s": seconds["fit"],
        "sample_s": seconds["sample"],
        "fit_and_sample_s": seconds["fit"] + seconds["sample"],
        "score": score["value"],
        "standard_error": score["standard_error"],
    }


def steps_per_second(side: Side, estimator: str, seed: int) -> dict[str, Any]:
    phases = {"likelihood": {}} if estimator == "npe-kl" else {"likelihood": {"warm_up": 1, "full": 1}}
    if estimator != "npe-kl":
        phases["distance"] = {"warm_up": 0, "full": 0}
    rates = {}
    for phase, options in phases.items():
        ends = side.run(estimator, seed, {**QUICK, **options}, 1000)["epochs"]
        seconds = [(end - begin).total_seconds() for begin, end in pairwise(ends)]
        rates[phase] = STEPS / statistics.median(seconds)
    return {"side": side.name, "seed": seed, "steps_per_second": rates}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--estimator", choices=list(BEFORE), default="npe-ddks")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--set", dest="settings", metavar="KEY=VALUE", nargs="*", default=[])
    parser.add_argument("--against", type=Path, metavar="FOLDER")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    given = dict(setting.split("=", 1) for setting in arguments.settings)
    before = {} if arguments.against else BEFORE[arguments.estimator]
    sides = [
        Side("now", given, None, arguments.threads),
        Side("before", before, arguments.against, arguments.threads),
    ]
    measure = steps_per_second if arguments.quick else scored
    rows = []
    for turn, seed in enumerate(arguments.seeds):
        for side in sides if turn % 2 == 0 else reversed(sides):
            rows.append(measure(side, arguments.estimator, seed))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    report(rows, arguments)


def report(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    """Print means over the seeds, and the ratio now / before."""
    result: dict[str, Any] = {"estimator": arguments.estimator, "seeds": arguments.seeds}
    for side in ("now", "before"):
        mine = [row for row in rows if row["side"] == side]
        if arguments.quick:
            result[side] = {
                phase: mean([row["steps_per_second"][phase] for row in mine])
                for phase in mine[0]["steps_per_second"]
            }
        else:
            names = ("fit_s", "sample_s", "fit_and_sample_s", "score", "standard_error")
            result[side] = {name: mean([row[name] for row in mine]) for name in names}
    compared = list(result["now"]) if arguments.quick else ["fit_s", "sample_s", "fit_and_sample_s"]
    result["ratio"] = {name: result["now"][name] / result["before"][name] for name in compared}
    if arguments.json:
        print(json.dumps(result))
        return
    for side in ("now", "before", "ratio"):
        print(f"{side:8s}", "  ".join(f"{name} {value:.2f}" for name, value in result[side].items()))


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    main()
