"""Simulation-based calibration of what runs have learned.

    python benchmarks/calibration.py RUN [RUN ...] --planets 1000

The test planets of a challenge carry no noise, so that even an exact posterior covers their parameters too
often. Here new planets are simulated under the retrieval's prior (see `harness.training.simulations`), noise
is drawn, and each run's estimator is asked for their posteriors: the ranks of the true values must be uniform
(Talts et al. 2018, arXiv:1804.06788), and central intervals must hold what they promise. RUN is the folder of
a finished run on a challenge with a forward model.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kstest

from harness.challenges import Observations, load
from harness.data.schema import Schema
from harness.metrics import interval_coverage
from harness.runs.fitted import FittedRun, open_run
from harness.training.simulations import simulate_pairs

LEVELS = (0.68, 0.95)


def noisy_planets(spec: str, n: int, seed: int) -> tuple[Schema, Observations, torch.Tensor]:
    """New planets with noise drawn, and their parameters (N, P)."""
    challenge = load(spec)
    generator = torch.Generator().manual_seed(seed)
    pairs = simulate_pairs(
        challenge.train, challenge.schema, challenge.forward_model(), n, generator, lambda steps: None
    )
    assert pairs is not None, f"{spec} has no forward model"
    names = np.array([f"calibration{number}" for number in range(n)], dtype=np.str_)
    seen = replace(pairs.ideal.noisy(generator).to("cpu", torch.float64), planet_ids=names)
    return challenge.schema, seen, pairs.parameters.double()


def report(fitted: FittedRun, seen: Observations, truth: torch.Tensor, samples: int) -> None:
    """Print coverage and the p-value of uniform ranks of every parameter."""
    posterior = fitted.estimator.sample(seen, samples, fitted.run).cpu()
    below = (posterior.weights[..., None] * (posterior.samples < truth[:, None])).sum(1)
    inside = interval_coverage(posterior.samples, truth, LEVELS, posterior.weights).double().mean(0)
    options = ", ".join(f"{name}={value}" for name, value in fitted.record.estimator.changed.items())
    print(f"\n{fitted.record.estimator.name} {options} seed {fitted.record.seed}: {len(seen)} planets")
    print(f"{'':16}{'68%':>7}{'95%':>7}{'mean rank':>11}{'p (uniform)':>13}")
    for column, name in enumerate(fitted.schema.parameter_names):
        ranks = below[:, column].double()
        share = "".join(f"{float(inside[level, column]):7.3f}" for level in range(len(LEVELS)))
        p = kstest(ranks.numpy(), "uniform").pvalue
        print(f"{name:16}{share}{float(ranks.mean()):11.3f}{p:13.2g}")
    print(f"{'all':16}" + "".join(f"{float(one.mean()):7.3f}" for one in inside))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--planets", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=12345, help="not one that a run was trained with")
    arguments = parser.parse_args()
    fitted = [open_run(folder) for folder in arguments.runs]
    schema, seen, truth = noisy_planets(fitted[0].record.challenge.spec, arguments.planets, arguments.seed)
    for one in fitted:
        if one.schema != schema:
            raise SystemExit(f"{one.folder} is a run on another challenge than {fitted[0].folder}")
        report(one, seen, truth, arguments.samples)


if __name__ == "__main__":
    main()
