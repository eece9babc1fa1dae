"""What ariel-hard is worth: its disagreement, its ceiling, and whether two samplers agree on its posteriors.

    python benchmarks/check_ariel_hard.py disagreement CHALLENGE.h5
    python benchmarks/check_ariel_hard.py samplers CHALLENGE.h5 --work FOLDER --planets 20
    python benchmarks/check_ariel_hard.py ceiling CHALLENGE.h5 --work FOLDER

FOLDER is the one that `make_ariel_hard.py` worked in. Finished planets are kept there; run again, the command
goes on.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from hard_retrieval import HardRetrieval
from make_ariel_hard import TESTING, opacities

from harness.challenges import load
from harness.components import Challenge
from harness.components.run import Run
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.metrics import ks_distance, systematic_rows, weighted_median
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_store import TraceStore
from harness.retrieval.reference_traces import reference_posteriors
from harness.runs.assembly import Choice
from harness.runs.scoring import score_all
from harness.simulation.challenge import SCHEMA
from harness.simulation.disagreeing_retrieval import Assumptions

SAMPLES = 2000
KOLMOGOROV = 0.8687  # mean of Kolmogorov's distribution


def disagreement(name: str, split: Split) -> None:
    """How far the traces of a split are from the parameters behind its spectra."""
    traces = split.truth.traces
    if traces is None:
        return
    off, spread = [], []
    planets = torch.nonzero(traces.present).flatten().tolist()
    for planet in planets:
        values, weights = traces.trace(planet)
        mean = weights @ values
        spread.append((weights @ (values - mean).square()).sqrt())
        off.append(weighted_median(values, weights) - split.parameters[planet])
    distance, own = torch.stack(off), torch.stack(spread)
    print(f"{name}: {len(planets)} planets")
    ratio = (distance / own).square().mean(0).sqrt()
    rows = zip(SCHEMA.parameter_names, distance.square().mean(0).sqrt(), distance.mean(0), ratio, strict=True)
    for parameter, rms, mean, over in rows:
        print(
            f"  {parameter:14} off by {rms:8.3f} rms, {mean:8.3f} mean; {over:6.2f} of its own deviations rms"
        )
    print(f"  gases {distance[:, 2:].square().mean().sqrt():.2f} dex rms")
    radius = (distance / own)[:, 0].abs()
    print(f"  radius off by {radius.median():.1f} of its own deviations in the median")


def samplers(
    split: Split,
    retrieval: HardRetrieval,
    work: Path,
    planets: int,
    workers: int,
    twice: bool,
    explored: bool,
    kept: bool,
    traces: bool,
) -> None:
    """Importance sampling beside nested sampling of the same posteriors, and two of nested sampling's."""
    half = (planets + 1) // 2
    rows = np.concatenate([np.arange(half), len(split) - 1 - np.arange(planets - half)])
    seen = retrieval.assumptions.seen(split.observations[rows])
    begun = time.monotonic()
    if traces:
        ours: list[NestedTrace | None] = [_of_the_file(split, row) for row in rows.tolist()]
    else:
        ours = retrieval.by_importance(seen, TESTING.effective, SAMPLES)
        refused = sum(one is None for one in ours)
        print(f"importance sampling: {time.monotonic() - begun:.0f} s, {refused} refused")
    # nautilus' own points of its exploration are biased, which importance sampling is not
    changed = {"effective": SAMPLES, "rows": SAMPLES, "discard_exploration": not explored}
    options = TESTING.model_copy(update=changed)
    nested: list[list[NestedTrace | None]] = []
    for seed in (retrieval.seed, retrieval.seed + 1)[: 1 + twice]:
        store = TraceStore(work / "nested", retrieval.forward, SCHEMA, seed, options)
        begun = time.monotonic()
        if kept:
            nested.append([store.read(seen[[at]]) for at in range(len(seen))])
            continue
        with Run(name="samplers", quiet=False).progress("retrievals", len(seen)) as advance:
            found = reference_posteriors(
                seen,
                SCHEMA,
                retrieval.forward,
                seed,
                options,
                store=store,
                workers=workers,
                advance=advance,
            )
        nested.append(list(found))
        print(f"nested sampling: {time.monotonic() - begun:.0f} s")
    compared = [("importance and nested", (ours, nested[0]))]
    if twice:
        compared.append(("nested twice", (nested[0], nested[1])))
    for what, (some, others) in compared:
        both = zip(some, others, strict=True)
        pairs = [(one, other) for one, other in both if one is not None and other is not None]
        distances = torch.stack([_marginal(*pair) for pair in pairs])
        evidence = np.array([one.log_evidence - other.log_evidence for one, other in pairs])
        sizes = np.array([[one.effective_size, other.effective_size] for one, other in pairs])
        by_chance = KOLMOGOROV * np.sqrt((1 / sizes).sum(axis=1)).mean()
        print(
            f"{what}: {len(pairs)} planets, mean marginal KS {distances.mean():.4f} "
            f"(worst planet {distances.mean(1).max():.4f}), where samples of these sizes would be "
            f"{by_chance:.4f} apart; log-evidence differs by {evidence.mean():+.3f} +- {evidence.std():.3f}"
        )
        for apart, less, size in zip(distances.mean(1).tolist(), evidence, sizes, strict=True):
            print(f"  KS {apart:.4f}, log-evidence {less:+.3f}, effective {size[0]:.0f} and {size[1]:.0f}")


def _of_the_file(split: Split, planet: int) -> NestedTrace:
    found = split.truth.traces
    assert found is not None
    assert found.log_evidence is not None
    values, weights = (one.double().numpy() for one in found.trace(planet))
    unknown = np.zeros(len(weights))
    return NestedTrace(values, weights / weights.sum(), unknown, float(found.log_evidence[planet]), 0)


def _marginal(one: NestedTrace, other: NestedTrace) -> torch.Tensor:
    """KS distances (P,)."""
    values = (torch.from_numpy(one.values), torch.from_numpy(other.values))
    return ks_distance(*values, torch.from_numpy(one.weights), torch.from_numpy(other.weights))


def ceiling(challenge: Challenge, retrieval: HardRetrieval, work: Path, workers: int) -> None:
    """The score of a second, independent sample of every test planet's posterior."""
    observations = challenge.test.observations
    with Run(name="ceiling", quiet=False).progress("test traces", len(observations)) as advance:
        retrieval.sample_blocks(observations, TESTING, work, workers)
        found = retrieval.posteriors(observations, TESTING, work, workers, advance)
    u = torch.rand(len(found), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    samples = [
        torch.from_numpy(one.values)[
            systematic_rows(torch.from_numpy(one.weights)[None], SAMPLES, start[None])[0]
        ]
        for one, start in zip(found, u, strict=True)
    ]
    prediction = Posterior.equal(torch.stack(samples))
    scorers = [Choice.of("scorer", name) for name in ("ariel", "ariel-official")]
    for partition, rows in challenge.test.partitions().items():
        some = challenge.on(challenge.test[rows])
        for record, _ in score_all(scorers, prediction[rows], some.test, some):
            parts = ", ".join(f"{name} {part.value:.1f}" for name, part in record.parts.items())
            error = record.standard_error
            print(f"{partition} {record.scorer.name}: {record.value:.1f} ± {error:.1f} ({parts})")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("disagreement", "samplers", "ceiling"))
    parser.add_argument("challenge", type=Path)
    parser.add_argument("--work", type=Path, help="folder that make_ariel_hard.py worked in")
    parser.add_argument("--planets", type=int, default=20, help="half matched, half shifted")
    parser.add_argument("--twice", action="store_true", help="samplers: nested sampling a second time")
    parser.add_argument(
        "--explored",
        action="store_true",
        help="samplers: count the exploration, as traces do",
    )
    parser.add_argument("--kept", action="store_true", help="samplers: only those that are finished")
    parser.add_argument(
        "--traces",
        action="store_true",
        help="samplers: the traces in the file instead of samples drawn anew, which needs no density",
    )
    parser.add_argument("--workers", type=int, default=0, help="processes; 0 for one per core")
    parser.add_argument("--seed", type=int, default=0, help="of the challenge")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    challenge = load(f"simulated:{chosen.challenge}")
    if chosen.what == "disagreement":
        disagreement("training", challenge.train)
        for partition, rows in challenge.test.partitions().items():
            disagreement(partition, challenge.test[rows])
        return
    work = chosen.work or chosen.challenge.with_name(f".{chosen.challenge.name}.work")
    workers = chosen.workers or os.cpu_count() or 1
    # the density is that of the challenge, its random numbers are others
    of_retrieval = opacities(work, chosen.seed)[1]
    retrieval = HardRetrieval(of_retrieval, SCHEMA, Assumptions(), chosen.seed)
    if not chosen.traces:
        retrieval.train(challenge.splits, work)
    retrieval.seed = chosen.seed + 1
    if chosen.what == "samplers":
        samplers(
            challenge.test,
            retrieval,
            work,
            chosen.planets,
            workers,
            chosen.twice,
            chosen.explored,
            chosen.kept,
            chosen.traces,
        )
    else:
        ceiling(challenge, retrieval, work, workers)


if __name__ == "__main__":
    main()
