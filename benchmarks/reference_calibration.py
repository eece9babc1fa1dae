"""Simulation-based calibration of the reference posteriors.

    python benchmarks/reference_calibration.py --planets 64 --out calibration.csv

Parameters are drawn from the retrieval's own prior, noise is drawn, and the rank of the true value among the
posterior must be uniform for every parameter (Talts et al. 2018, arXiv:1804.06788). A planet whose atmosphere
is not bound is drawn again: the likelihood is zero there, so that the prior of a retrieval does not hold it
either. Each planet is one row of the file, written as it finishes; run again, the command goes on.
"""

from __future__ import annotations

import argparse
import csv
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kstest

from harness.challenges.ariel_grid import PARAMETERS, WAVELENGTH, WIDTH
from harness.physics import TransmissionModel
from harness.physics.builtin_opacities import opacity_directory
from harness.simulation.nested_likelihood import UniformPrior
from harness.simulation.nested_sampling import NestedOptions
from harness.simulation.nested_trace import NestedTrace
from harness.simulation.reference_posterior import RetrievalModel, RetrievalTarget, reference_posterior
from harness.simulation.reference_traces import planet_seed

BOUNDS = [(parameter.lower, parameter.upper) for parameter in PARAMETERS]
NOISE = 7.3e-5  # the mean of the Ariel 2023 release
NAMES = [parameter.name for parameter in PARAMETERS]
HEADER = ["planet", *NAMES, "effective_size", "calls", "seconds"]


def draw(full: TransmissionModel, index: int) -> tuple[RetrievalTarget, np.ndarray]:
    """A planet with noise drawn, and its parameters."""
    generator = np.random.default_rng([2024, index])
    mass, star = 10 ** generator.uniform(-1.0, 1.0), generator.uniform(0.62, 2.1)
    prior = UniformPrior(BOUNDS)
    while True:
        parameters = prior(generator.uniform(size=(1, len(BOUNDS))))
        depth = full.binned(torch.as_tensor(parameters), star, mass)[0].double().numpy()
        if np.isfinite(depth).all():
            break
    noise = np.full_like(depth, NOISE)
    spectrum = depth + noise * generator.standard_normal(len(depth))
    return RetrievalTarget(f"calibration{index}", spectrum, noise, star, mass), parameters[0]


def ranks(trace: NestedTrace, truth: np.ndarray) -> np.ndarray:
    """Weight of the rows below the true value of each parameter (P,)."""
    below: np.ndarray = trace.weights @ (trace.values < truth)
    return below


def p_values(rows: np.ndarray) -> dict[str, float]:
    """Of a uniform distribution of ranks (N, P), by parameter (Kolmogorov-Smirnov test)."""
    return {name: float(kstest(rows[:, i], "uniform").pvalue) for i, name in enumerate(NAMES)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--planets", type=int, default=64)
    parser.add_argument("--out", type=Path, default=Path("calibration.csv"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    done = 0
    if arguments.out.exists():
        done = max(0, sum(1 for _ in arguments.out.open()) - 1)
    full = TransmissionModel.from_files(opacity_directory())
    make_model = partial(RetrievalModel.from_opacities, opacity_directory(), WAVELENGTH, WIDTH)
    model = make_model()
    with arguments.out.open("a", newline="") as file:
        writer = csv.writer(file)
        if not done:
            writer.writerow(HEADER)
        for index in range(done, arguments.planets):
            target, truth = draw(full, index)
            start = time.process_time()
            seed = planet_seed(0, target.planet_id)
            trace = reference_posterior(target, model, BOUNDS, seed, NestedOptions())
            seconds = time.process_time() - start
            row = [index, *ranks(trace, truth).round(5), round(trace.effective_size), trace.calls]
            writer.writerow([*row, round(seconds, 1)])
            file.flush()
            print(f"{index + 1}/{arguments.planets} {seconds:.0f} s {row}", flush=True)
    table = np.loadtxt(arguments.out, delimiter=",", skiprows=1, usecols=range(1, 1 + len(NAMES)), ndmin=2)
    print(f"p-values over {len(table)} planets")
    for name, p in p_values(table).items():
        print(f"  {name:15} {p:.3f}")


if __name__ == "__main__":
    main()
