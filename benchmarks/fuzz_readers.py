"""How every reader of the harness takes damaged and hostile input, counted.

    python benchmarks/fuzz_readers.py --inputs 100 --seed 0

makes 100 inputs for each reader out of whole ones, gives each to the command line in a process of its own,
and counts how it ended: refused in one sentence or read is right; "this is a bug", a crash, more than 20 s or
2 GiB, another file read, control characters printed or published, live markup or formulas, and a line of a
stranger's among published commands are wrong. The same seed makes the same inputs. Needs a Linux system.

The harness that is tried is the one that this Python imports. Exits with 1 if anything was wrong.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # inputs are tried in forks, which threads do not survive

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fuzzing.hdf5 import Secrets
from fuzzing.judging import (
    ACCEPTED,
    FORMULA,
    OTHER_FILE,
    TOKEN,
    WRONG,
    Ended,
    call,
    faults,
    has_formula,
    published_faults,
)
from fuzzing.material import make_material
from fuzzing.readers import Hela, Input, Opacities, Reader, Release, SimulatedFile, Spectrum, Submission
from fuzzing.records import Record, RunFolder, Store
from fuzzing.texts import Places, Settings, Text

READERS: tuple[type[Reader], ...] = (
    SimulatedFile,
    Release,
    Submission,
    Opacities,
    Hela,
    Spectrum,
    Record,
    RunFolder,
    Store,
    Settings,
    Text,
    Places,
)
RIGHT = ("refused in one sentence", "read")


def main() -> int:
    parser = argparse.ArgumentParser(description="Count how readers take damaged and hostile input.")
    parser.add_argument("--inputs", type=int, default=100, help="for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", action="append", choices=[reader.name for reader in READERS])
    parser.add_argument(
        "--only", type=int, metavar="N", help="the input of this number alone, and tell all of it"
    )
    parser.add_argument(
        "--estimator", default="random-forest", help="whose run is damaged ('nearest' is made faster)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        whole, secrets = make_material(Path(place), arguments.estimator)
        for kind in READERS:
            if arguments.reader and kind.name not in arguments.reader:
                continue
            counts[kind.name] = Counter()
            for number in range(arguments.inputs) if arguments.only is None else [arguments.only]:
                rng = random.Random(f"{arguments.seed} {kind.name} {number}")
                folder = Path(place) / "input"
                folder.mkdir()
                given = kind(whole, secrets).make(rng, folder)
                outcome = _try(given, folder, secrets, tell=arguments.only is not None)
                counts[kind.name].update(outcome)
                wrong = [what for what in outcome if what in WRONG]
                if wrong:
                    print(
                        f"{kind.name} {number}: {given.what}: {', '.join(wrong)}", file=sys.stderr, flush=True
                    )
                shutil.rmtree(folder)
            print(f"{kind.name}: {sum(counts[kind.name].values())} outcomes", file=sys.stderr, flush=True)
    if arguments.json:
        print(json.dumps(counts, indent=1))
    else:
        _print(counts)
    return int(any(counter[what] for counter in counts.values() for what in WRONG))


def _try(given: Input, folder: Path, secrets: Secrets, tell: bool) -> set[str]:
    """What came of an input: one of RIGHT, or all that was wrong."""
    before = time.time() - 10**6
    for path in (secrets.text, secrets.hdf5):
        os.utime(path, (1, before))
    found: set[str] = set()
    first: Ended | None = None
    for command in given.commands:
        ended = call(command, folder, folder / "home")
        if tell:
            print(
                f"$ harness {' '.join(command)}\n{ended.out}{ended.err}[{ended.code}, {ended.seconds:.1f} s]"
            )
        first = first or ended
        found |= faults(ended)
        if "--csv" in command and has_formula(ended.out):
            found.add(FORMULA)
        if ended.killed or (ended.code and command[0] != "leaderboard"):
            break
    found |= published_faults(folder / "published")
    if any(path.stat().st_atime > 1 for path in (secrets.text, secrets.hdf5)) or _leaked(folder):
        found.add(OTHER_FILE)
    assert first is not None
    if given.must_refuse and first.code == 0 and "left out" not in first.err.lower():
        found.add(ACCEPTED)
    return found or {RIGHT[0] if first.code else RIGHT[1]}


def _leaked(folder: Path) -> bool:
    answer = folder / "answer.hdf5"
    return answer.is_file() and not answer.is_symlink() and TOKEN[:7].encode() in answer.read_bytes()


def _print(counts: dict[str, Counter[str]]) -> None:
    columns = [what for what in (*RIGHT, *WRONG) if any(counter[what] for counter in counts.values())]
    print(f"| reader | {' | '.join(columns)} |")
    print("|---|" + "---:|" * len(columns))
    total: Counter[str] = Counter()
    for name, counter in counts.items():
        total.update(counter)
        print(f"| {name} | " + " | ".join(str(counter[what]) for what in columns) + " |")
    print("| all | " + " | ".join(str(total[what]) for what in columns) + " |")


if __name__ == "__main__":
    sys.exit(main())
