"""Simulation-based calibration of the reference posteriors.

    python benchmarks/reference_calibration.py --planets 64 --workers 2
    python benchmarks/reference_calibration.py --emulator FILE --work DIR    # explored by an emulator

Parameters are drawn from the retrieval's own prior, noise is drawn, and the rank of the true value among the
posterior must be uniform for every parameter (Talts et al. 2018, arXiv:1804.06788). A planet whose atmosphere
is not bound is drawn again: the likelihood is zero there, so that the prior of a retrieval does not hold it
either. Masses of 1 to 10 M_Jup hold most of the prior's atmospheres (`--heaviest`: an emulator knows those of
its challenge alone, up to 4.9 for ariel-mini). Finished planets are kept in a folder;
run again, the command goes on.
"""

from __future__ import annotations

import argparse
import itertools
import time
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kstest

from harness.challenges.ariel2023.forward_model import BUILT_IN, ArielForwardModel
from harness.components import ForwardModel
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS
from harness.data.observations import Observations
from harness.estimators.nested_sampling import OF_AN_EMULATOR
from harness.physics import TransmissionModel
from harness.physics.builtin_opacities import opacity_directory
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.registry.emulators import emulated
from harness.retrieval.likelihood import UniformPrior
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_store import TraceStore
from harness.retrieval.reference_traces import reference_posteriors
from harness.simulation.challenge import SCHEMA

NOISE = 7.3e-5  # the mean of the Ariel 2023 release
SEED = 0


def draw(full: TransmissionModel, index: int, heaviest: float) -> tuple[Observations, np.ndarray]:
    """A planet with noise drawn, and its parameters; of its auxiliary columns two are told."""
    generator = np.random.default_rng([2024, index])
    mass, star = 10 ** generator.uniform(0.0, np.log10(heaviest)), generator.uniform(0.62, 2.1)
    prior = UniformPrior(SCHEMA.bounds)
    while True:
        parameters = prior(generator.uniform(size=(1, len(SCHEMA.bounds))))
        depth = full.binned(torch.as_tensor(parameters), star, mass)[0].double().numpy()
        if np.isfinite(depth).all():
            break
    noise = np.full_like(depth, NOISE)
    spectrum = depth + noise * generator.standard_normal(len(depth))
    facts = {STAR_RADIUS: star * SUN_RADIUS, PLANET_MASS: mass * JUPITER_MASS}
    auxiliary = np.array([facts.get(name, np.nan) for name in SCHEMA.auxiliary_names])
    tensors = (torch.from_numpy(one)[None] for one in (spectrum, noise, auxiliary))
    return Observations(np.array([f"calibration{index}"]), *tensors), parameters[0]


def ranks(trace: NestedTrace, truth: np.ndarray) -> np.ndarray:
    """Weight of the rows below the true value of each parameter (P,)."""
    below: np.ndarray = trace.weights @ (trace.values < truth)
    return below


def p_values(rows: np.ndarray) -> dict[str, float]:
    """Of a uniform distribution of ranks (N, P), by parameter (Kolmogorov-Smirnov test)."""
    names = SCHEMA.parameter_names
    return {name: float(kstest(rows[:, i], "uniform").pvalue) for i, name in enumerate(names)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--planets", type=int, default=64)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("calibration"), help="folder of finished planets")
    parser.add_argument("--emulator", metavar="FILE", help="explore with it, as 'nested-sampling' does")
    parser.add_argument("--heaviest", type=float, default=10.0, metavar="M_JUP")
    parser.add_argument("--report", action="store_true", help="test the planets that are finished, and end")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    options = NestedOptions()
    full = TransmissionModel.from_files(opacity_directory())
    drawn = [draw(full, index, arguments.heaviest) for index in range(arguments.planets)]
    forward: ForwardModel = ArielForwardModel(SCHEMA, BUILT_IN, torch.float32)
    if arguments.emulator is not None:
        forward = emulated(forward, arguments.emulator, SCHEMA)
        options = options.model_copy(update=OF_AN_EMULATOR)
    store = TraceStore(arguments.work, forward, SCHEMA, SEED, options)
    if not arguments.report:
        start, done = time.monotonic(), itertools.count(1)
        reference_posteriors(
            Observations.join([planet for planet, _ in drawn]),
            SCHEMA,
            forward,
            SEED,
            options,
            store=store,
            workers=arguments.workers,
            advance=lambda _: print(
                f"{next(done)}/{len(drawn)} {time.monotonic() - start:.0f} s", flush=True
            ),
        )
    found = [(store.read(planet), truth) for planet, truth in drawn]
    traces = [(trace, truth) for trace, truth in found if trace is not None]
    sizes = [trace.effective_size for trace, _ in traces]
    print(f"{len(traces)} planets, effective sample size {min(sizes):.0f} to {max(sizes):.0f}; p-values:")
    for name, p in p_values(np.stack([ranks(*one) for one in traces])).items():
        print(f"  {name:15} {p:.3f}")


if __name__ == "__main__":
    main()
