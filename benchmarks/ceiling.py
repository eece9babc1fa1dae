"""The score of an independent second retrieval: what no method should be expected to exceed by much.

    python benchmarks/ceiling.py --partition matched --work ceiling

retrieves the planets of one partition of ariel-mini once more, as their reference posteriors were made but
with other random numbers, and scores that as any method is scored. Finished planets are kept in the work
folder; run again, the command goes on. `harness run --estimator nested-sampling --set
estimator.spectrum=observed` does the same for all partitions, and puts it on the board.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from rich.console import Console

from harness.challenges import load
from harness.components.run import Run
from harness.runs.assembly import Choice, build_estimator
from harness.runs.scoring import score_all


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--challenge", default="ariel-mini")
    parser.add_argument("--partition", default="matched")
    parser.add_argument("--work", type=Path, required=True, help="folder of finished retrievals")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=0, help="0 for one per core")
    chosen = parser.parse_args()

    whole = load(chosen.challenge)
    rows = whole.test.partitions()[chosen.partition]
    challenge = whole.on(whole.test[rows])
    options = {"spectrum": "observed", "workers": chosen.workers}
    estimator = build_estimator(
        challenge.schema, Choice.of("estimator", "nested-sampling", options), None, None
    )
    chosen.work.mkdir(parents=True, exist_ok=True)
    run = Run(
        name="ceiling",
        seed=chosen.seed,
        streams=("nested-sampling", "none", "none"),
        checkpoint=chosen.work,
        quiet=False,
    )
    begun = time.monotonic()
    with torch.no_grad():
        estimator.fit(challenge.train, challenge.valid, run)
        prediction = estimator.sample(challenge.test.observations, chosen.samples, run)
    seconds = time.monotonic() - begun
    scorers = [Choice.of("scorer", name) for name in ("ariel", "ariel-official")]
    console = Console()
    for record, _ in score_all(scorers, prediction, challenge.test, challenge):
        parts = ", ".join(f"{name} {part.value:.1f}" for name, part in record.parts.items())
        console.print(f"{record.scorer.name}: {record.value:.1f} ± {record.standard_error:.1f} ({parts})")
    console.print(
        f"{len(rows)} planets of '{chosen.partition}' in {seconds:.0f} s, less those found finished"
    )


if __name__ == "__main__":
    main()
