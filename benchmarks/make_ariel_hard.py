"""Make the bundled challenge ariel-hard, from a seed.

    python benchmarks/make_ariel_hard.py harness/challenges/ariel_hard.h5

Spectra come from foreign opacities with collision-induced absorption, reference posteriors from a retrieval
that disagrees with them (docs/ariel_hard.md). It needs harness-npe, whose npe-kl learns to propose samples.
Everything finished is kept in the work folder: stopped in any way, the same command goes on.
"""

from __future__ import annotations

import argparse
import os
import shlex
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

# threads that spin while they wait make a busy machine many times slower; decided as torch is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import h5py
import torch
from hard_retrieval import HardRetrieval

from harness.challenges.simulated_file import write_challenge_file
from harness.challenges.simulated_reader import read_challenge_file
from harness.components.run import Run
from harness.data.split import Split
from harness.data.truth import Truth
from harness.physics.builtin_opacities import opacity_directory
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_traces import as_traces
from harness.simulation.challenge import SCHEMA, Part, simulate
from harness.simulation.disagreeing_retrieval import Assumptions
from harness.simulation.foreign_opacities import Change, write_foreign_opacities
from harness.simulation.forward import Forward
from harness.simulation.mixture import Mixture
from harness.simulation.shifts import Matched

WHICH = ("planets", "test", "mixture", "seed")  # options that say which planets there are
COLLISIONS = ("H2-H2", "H2-He")
RETRIEVAL_SCALE = 0.3  # of the changes from the opacities of the spectra to those of the retrieval
TRAINING = NestedOptions(effective=500, rows=400)
TESTING = NestedOptions(effective=1000, rows=1200)


def parsed() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", type=Path)
    parser.add_argument("--planets", type=int, default=8900, help="training planets, a tenth of them valid")
    parser.add_argument("--test", type=int, default=80, help="matched test planets")
    parser.add_argument("--mixture", type=int, default=80, help="shifted test planets")
    parser.add_argument("--traces", type=int, default=1024, help="training planets with a trace")
    parser.add_argument(
        "--leave-out",
        action="store_true",
        help="leave training planets that importance sampling cannot do without a trace, instead of nautilus",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0, help="processes; 0 for one per core")
    parser.add_argument("--work", type=Path, help="folder of what is finished; beside the target by default")
    return parser


def opacities(work: Path, seed: int) -> tuple[Path, Path]:
    """The cross-sections of the spectra, and those of the retrieval."""
    of_spectra, of_retrieval = work / "opacities-of-spectra", work / "opacities-of-retrieval"
    if not of_spectra.is_dir():
        write_foreign_opacities(opacity_directory(), of_spectra, seed)
    if not of_retrieval.is_dir():
        write_foreign_opacities(of_spectra, of_retrieval, seed + 1, Change().scaled(RETRIEVAL_SCALE))
    return of_spectra, of_retrieval


def planets(work: Path, arguments: argparse.Namespace, directory: Path) -> dict[str, Split]:
    """The splits without traces, as a file holds them."""
    path = work / "planets.h5"
    asked_for = " ".join(f"--{name}={getattr(arguments, name)}" for name in WHICH)
    if path.is_file():
        with h5py.File(path) as file:
            if (found := file.attrs["made_by"]) != asked_for:
                raise SystemExit(
                    f"{work} holds the planets of {found}, not of {asked_for}; name another --work."
                )
    else:
        forward = Forward(directory, collisions=COLLISIONS)
        parts = [Part(Matched.create(), arguments.test), Part(Mixture.create(), arguments.mixture)]
        total = arguments.planets + arguments.test + arguments.mixture
        with Run(name="ariel-hard", quiet=False).progress("planets", total) as advance:
            splits = simulate(arguments.planets, parts, arguments.seed, forward, advance)
        write_challenge_file(path, SCHEMA, splits, asked_for, "")
    return read_challenge_file(path)[1]


def traced(split: Split, found: Sequence[NestedTrace | None]) -> Split:
    """The split with traces for its first planets."""
    every = [*found, *[None] * (len(split) - len(found))]
    traces = as_traces(every, split.parameters.shape[1])
    return Split(split.observations, Truth(split.parameters, traces), split.partition)


def main() -> None:
    arguments = parsed().parse_args()
    torch.set_num_threads(1)
    work = arguments.work or arguments.target.with_name(f".{arguments.target.name}.work")
    work.mkdir(parents=True, exist_ok=True)
    workers = arguments.workers or os.cpu_count() or 1
    of_spectra, of_retrieval = opacities(work, arguments.seed)
    splits = planets(work, arguments, of_spectra)
    retrieval = HardRetrieval(of_retrieval, SCHEMA, Assumptions(), arguments.seed)
    retrieval.train(splits, work)
    wanted = {
        "test": (len(splits["test"]), TESTING),
        "train": (min(arguments.traces, len(splits["train"])), TRAINING),
    }
    for name, (number, options) in wanted.items():
        begun = time.monotonic()
        with Run(name="ariel-hard", quiet=False).progress(f"{name} planets sampled", number) as advance:
            left = retrieval.sample_blocks(
                splits[name].observations[:number], options, work, workers, advance
            )
        seconds = time.monotonic() - begun
        print(f"{name}: {number} planets, {seconds:.0f} s now; {left} left to nautilus", flush=True)
    for name, (number, options) in wanted.items():
        first = splits[name].observations[:number]
        if name == "train" and arguments.leave_out:
            found: Sequence[NestedTrace | None] = retrieval.kept(first, options, work)
        else:
            begun = time.monotonic()
            with Run(name="ariel-hard", quiet=False).progress(f"{name} traces", number) as advance:
                found = retrieval.posteriors(first, options, work, workers, advance)
            print(f"{name}: nautilus, {time.monotonic() - begun:.0f} s now", flush=True)
        splits[name] = traced(splits[name], found)
    given = [f"--{name}={getattr(arguments, name)}" for name in (*WHICH, "traces")]
    given += ["--leave-out"] * arguments.leave_out
    made_by = shlex.join(["python", "benchmarks/make_ariel_hard.py", *given])
    write_challenge_file(arguments.target, SCHEMA, splits, made_by, version("ariel-harness"))
    print(f"{arguments.target}: {arguments.target.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
