"""What importance weights lift each method by, and what they cost.

    python benchmarks/weights.py RUN [RUN ...] --effective 1000

RUN is the folder of a finished run of a trained density on a challenge with a forward model and reference
traces. Its networks are taken as they are; what they propose is sampled plainly, weighted in one round of two
proposals a sample, and in rounds until so many effective samples are reached. Each is scored on the planets
that were looked at.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

import torch

from harness.challenges import Observations, load
from harness.components import ForwardModel
from harness.data.posterior import Posterior
from harness.runs.fitted import Fitted, FittedRun, open_run
from harness.runs.scoring import score
from harness.training import TrainedEstimator
from harness.training.weight_options import WeightOptions
from harness.training.weighted_sampler import WeightedSampler


def sampled(fitted: FittedRun, options: WeightOptions, planets: torch.Tensor, samples: int) -> Posterior:
    """The posteriors of some test planets under these options."""
    seen = load(fitted.record.challenge.spec).test.observations[planets]
    return proposed(fitted, options, seen, samples)


def proposed(fitted: Fitted, options: WeightOptions, seen: Observations, samples: int) -> Posterior:
    """The posteriors of planets by the networks of a run, weighted as these options say."""
    estimator, run = fitted.estimator, fitted.run
    assert isinstance(estimator, TrainedEstimator)
    sampler = estimator.sampler
    if isinstance(sampler, WeightedSampler):
        sampler = sampler.proposing
    if options.proposals:
        sampler = WeightedSampler(sampler, options, estimator.schema)
    return sampler.posterior(estimator.trained, seen, samples, run).cpu()


def report(folder: Path, count: int, samples: int, variants: list[WeightOptions]) -> None:
    """Print a row for each variant."""
    fitted = open_run(folder)
    challenge = load(fitted.record.challenge.spec)
    matched = challenge.test.truth.traces is not None
    planets = torch.arange(min(count, len(challenge.test)))
    some = challenge.on(challenge.test[planets])
    forward = challenge.forward_model()
    assert isinstance(forward, ForwardModel)
    assert matched, "the test planets have no reference traces"
    print(f"\n{fitted.record.estimator.name} seed {fitted.record.seed}, {len(planets)} planets")
    for options in variants:
        begun, cpu = time.monotonic(), time.process_time()
        found = sampled(fitted, options, planets, samples)
        wall, cpu = time.monotonic() - begun, time.process_time() - cpu
        ariel = score(found, some, ["ariel"])["ariel"]
        parts = {name: float(part.value) for name, part in ariel.parts.items() if "/" not in name}
        text = f"proposals={options.proposals} effective_size={options.effective_size}"
        size = "" if found.evidence is None else _sizes(found.evidence.effective_size)
        shown = ", ".join(f"{name} {value:.1f}" for name, value in parts.items())
        print(
            f"  {text:38} ariel {ariel.value:.1f} +- {ariel.standard_error:.1f} ({shown})  "
            f"{wall:.0f} s, {cpu:.0f} s of processor time  {size}",
            flush=True,
        )


def _sizes(size: torch.Tensor) -> str:
    low, middle = torch.quantile(size, torch.tensor([0.05, 0.5], dtype=size.dtype)).tolist()
    return f"effective {middle:.0f} (5%: {low:.0f}, least {float(size.min()):.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--planets", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--effective", type=int, nargs="*", default=[1000])
    parser.add_argument("--most", type=int, default=10, help="proposals for each sample, at most")
    arguments = parser.parse_args()
    variants = [WeightOptions(), WeightOptions(proposals=2)]
    for effective in arguments.effective:
        variants.append(WeightOptions(proposals=2, effective_size=effective, max_proposals=arguments.most))
    warnings.simplefilter("ignore")
    for folder in arguments.runs:
        report(folder, arguments.planets, arguments.samples, variants)


if __name__ == "__main__":
    main()
