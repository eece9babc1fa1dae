"""What drawing a density's samples evenly instead of independently changes in the score.

    python benchmarks/even_draws.py RUN [RUN ...] [--samples 2000]

RUN is the folder of a finished run of a trained density on a challenge with reference traces. Its networks
are taken as they are, and the planets that rank are sampled twice: from independent normal noise, and from
noise that covers its space evenly (`harness.training.base_noise`). The paired difference over the planets is
printed with its error.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from unittest import mock

import torch

from harness.challenges import load
from harness.data.posterior import Posterior
from harness.data.split import MATCHED
from harness.runs.fitted import open_run
from harness.runs.scoring import score
from harness.training import TrainedEstimator, base_noise


def by_chance(n: int, width: int) -> torch.Tensor:
    """Points in place of a net's, with which the draws of a planet are independent."""
    return torch.rand(n, width, dtype=torch.float64)


def report(folder: Path, samples: int) -> None:
    """Print a row of one run."""
    fitted = open_run(folder)
    challenge = load(fitted.record.challenge.spec)
    split = challenge.test
    planets = (
        torch.from_numpy(split.partitions()[MATCHED])
        if split.partition is not None
        else torch.arange(len(split))
    )
    some = challenge.on(split[planets])
    estimator = fitted.estimator
    assert isinstance(estimator, TrainedEstimator)

    def scores() -> torch.Tensor:
        sampler = estimator.sampler
        found = sampler.sample(estimator.trained, some.test.observations, samples, fitted.run)
        return score(Posterior.equal(found).cpu(), some, ["ariel"])["ariel"].per_planet

    with mock.patch.object(base_noise, "_net", by_chance):
        before = scores()
    after = scores()
    difference = after - before
    error = difference.std() / len(difference) ** 0.5
    print(
        f"{fitted.record.estimator.name:20} seed {fitted.record.seed}  independent {before.mean():.1f}  "
        f"even {after.mean():.1f}  difference {difference.mean():+.2f} +- {error:.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--samples", type=int, default=2000)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for folder in arguments.runs:
        report(folder, arguments.samples)


if __name__ == "__main__":
    main()
