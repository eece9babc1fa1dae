"""Samplers of reference posteriors side by side: time, likelihoods, effective sample size, agreement.

    python benchmarks/samplers.py --planets 10 --samplers harness,again,emcee
    python benchmarks/samplers.py --forward

Every sampler gets the same likelihood (the quadrature of the transmission model on the built-in opacities) of
the same planets, on one thread. Times are CPU seconds of this process. The last column is the mean marginal
Kolmogorov-Smirnov distance to the first sampler named; that of "again", the harness' own sampler with another
seed, is what so many rows leave to chance. With --forward, what the quadrature loses against the full grid.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from sampler_peers import dynesty, emcee, nautilus_defaults, ultranest

from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.challenges.ariel2023.grid import WAVELENGTH, WIDTH
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS, host_facts
from harness.data.observations import Observations
from harness.metrics import ks_distance
from harness.physics import TransmissionModel
from harness.physics.builtin_opacities import opacity_directory
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.physics.reduced_model import reduced_model
from harness.retrieval.likelihood import SpectrumLikelihood, UniformPrior
from harness.retrieval.nested_sampling import NestedOptions, sample_posterior
from harness.retrieval.nested_trace import NestedTrace
from harness.simulation.challenge import SCHEMA

NOISE = 7.3e-5  # the mean of the Ariel 2023 release
GRAVITY = (3.0, 90.0)  # m/s2


def draw_planets(full: TransmissionModel, n: int, seed: int) -> tuple[Observations, torch.Tensor]:
    """Planets like those of the release, noise-free, and their parameters; two auxiliary columns are told."""
    generator = np.random.default_rng(seed)
    found, parameters = list[tuple[np.ndarray, ...]](), []
    while len(found) < n:
        row = [generator.uniform(0.13, 1.8), generator.uniform(520, 2100)]
        row += [
            generator.uniform(low, high) for low, high in ((-9, -3), (-9, -5), (-6, -3), (-9, -3), (-9, -3))
        ]
        mass, star = 10 ** generator.uniform(-1.9, 0.7), generator.uniform(0.62, 2.1)
        if not GRAVITY[0] < 24.8 * mass / row[0] ** 2 < GRAVITY[1]:
            continue
        depth = full.binned(torch.tensor([row], dtype=torch.float64), star, mass)[0].double().numpy()
        if np.isfinite(depth).all() and depth.mean() < 0.05:
            noise = np.full_like(depth, NOISE * generator.uniform(0.5, 1.5))
            facts = {STAR_RADIUS: star * SUN_RADIUS, PLANET_MASS: mass * JUPITER_MASS}
            auxiliary = np.array([facts.get(name, np.nan) for name in SCHEMA.auxiliary_names])
            found.append((depth, noise, auxiliary))
            parameters.append(row)
    columns = (torch.from_numpy(np.stack(column)) for column in zip(*found, strict=True))
    names = np.array([f"planet{i + 1}" for i in range(n)])
    return Observations(names, *columns), torch.tensor(parameters, dtype=torch.float64)


def harness_settings(likelihood: SpectrumLikelihood, prior: UniformPrior, seed: int = 1) -> NestedTrace:
    """What reference posteriors are made with."""
    return sample_posterior(likelihood, prior, seed, NestedOptions())


SAMPLERS: dict[str, Callable[[SpectrumLikelihood, UniformPrior], NestedTrace]] = {
    "harness": harness_settings,
    "again": partial(harness_settings, seed=2),
    "nautilus": nautilus_defaults,
    "emcee": emcee,
    "ultranest": ultranest,
    "dynesty": dynesty,
}


def distance(one: NestedTrace, other: NestedTrace) -> float:
    """Mean marginal KS distance of two weighted traces."""
    arrays = (one.values, other.values, one.weights, other.weights)
    return float(ks_distance(*(torch.as_tensor(array) for array in arrays)).mean())


def compare(names: list[str], planets: int, skipped: int, seed: int, out: Path | None) -> None:
    """Print a row for each planet and sampler, and the mean of each sampler."""
    full = TransmissionModel.from_files(opacity_directory())
    quick = ArielForwardModel(SCHEMA).quick()
    columns = ("seconds", "of likelihood", "calls", "effective size", "log evidence", "mean KS")
    print("planet    sampler   " + "".join(f"{name:>16}" for name in columns))
    rows: dict[str, list[list[float]]] = {name: [] for name in names}
    drawn = draw_planets(full, planets, seed)[0]
    for position in range(skipped, planets):
        planet = drawn[[position]]
        first: NestedTrace | None = None
        for name in names:
            inner = SpectrumLikelihood(quick, planet, SCHEMA)
            timed = _Timed(inner)
            start = time.process_time()
            trace = SAMPLERS[name](timed, UniformPrior(SCHEMA.bounds))  # type: ignore[arg-type]
            seconds = time.process_time() - start
            first = first or trace
            row = [seconds, timed.seconds, inner.calls, trace.effective_size, trace.log_evidence]
            row.append(distance(first, trace))
            rows[name].append(row)
            print(f"{planet.title(0):10}{name:10}" + "".join(f"{value:16,.3f}" for value in row), flush=True)
            if out is not None:
                out.write_text(json.dumps({"columns": columns, "rows": rows}, indent=1) + "\n")
    for name in names:
        print(f"{'mean':10}{name:10}" + "".join(f"{value:16,.3f}" for value in np.mean(rows[name], axis=0)))


class _Timed:
    """A likelihood that counts its own CPU seconds."""

    def __init__(self, inner: SpectrumLikelihood) -> None:
        self._inner, self.seconds = inner, 0.0

    @property
    def calls(self) -> int:
        return self._inner.calls

    def __call__(self, parameters: np.ndarray) -> np.ndarray:
        start = time.process_time()
        result = self._inner(parameters)
        self.seconds += time.process_time() - start
        return result


def forward(planets: int, seed: int) -> None:
    """Print what quadratures of several sizes lose against the full grid, in units of the noise."""
    full = TransmissionModel.from_files(opacity_directory())
    drawn, parameters = draw_planets(full, planets, seed)
    star, mass = host_facts(drawn, SCHEMA)
    assert star is not None
    assert mass is not None
    exact, noise = drawn.spectrum, drawn.noise
    print("model                     points   ms a spectrum   rms error   95%     worst  [noise]")
    models = [("full grid", full)]
    for resolution in (3000.0, 1000.0):
        thinned = TransmissionModel.from_files(opacity_directory(), resolution=resolution)
        models.append((f"sampled at R={resolution:g}", thinned))
    for tolerance, most in ((5e-3, 12), (2e-3, 16), (1e-3, 24), (5e-4, 32)):
        quadrature = reduced_model(
            full, opacity_directory(), WAVELENGTH, WIDTH, tolerance=tolerance, most=most
        )
        models.append((f"quadrature of {most} at {tolerance:g}", quadrature))
    for name, model in models:
        error = ((model.binned(parameters, star, mass).double() - exact) / noise).abs()
        start = time.process_time()
        for _ in range(3):
            model.binned(parameters, star, mass)
        milliseconds = 1e3 * (time.process_time() - start) / 3 / planets
        print(
            f"{name:25} {len(model.wavenumber):6,} {milliseconds:13.3f} {error.square().mean().sqrt():13.4f}"
            f" {error.flatten().quantile(0.95):8.4f} {error.max():8.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--planets", type=int, default=3)
    parser.add_argument("--skip", type=int, default=0, help="so many of the planets are left out")
    parser.add_argument("--samplers", default="harness,again,emcee")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON file, written after every sampler")
    parser.add_argument("--forward", action="store_true", help="measure the forward models instead")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    if arguments.forward:
        forward(max(arguments.planets, 256), arguments.seed)
    else:
        compare(
            arguments.samplers.split(","), arguments.planets, arguments.skip, arguments.seed, arguments.out
        )


if __name__ == "__main__":
    main()
