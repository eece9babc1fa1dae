"""From how far on a forward model is too far from the spectra to be learned from.

    harness run --estimator npe-kl --home HOME                  (on ariel-mini, with the built-in opacities)
    python benchmarks/check_bound.py HOME/runs/RUN --work FOLDER

The network of that run has learned from the built-in opacities. Here it meets planets of ariel-mini whose
spectra, and whose reference posteriors, are of opacities that differ from those more and more: smoothly in
wavelength, in strength, temperature and pressure, by a scale (`Change` of
`harness.simulation.foreign_opacities`, at the same lines). What it loses to itself on the same planets at
scale 0, planet by planet, is what learning from the wrong simulations costs. The same for posteriors that are
exact but for the opacities, which is where `proposals` and nested sampling end.

Reference posteriors are importance samples that the network begins and kernels refine; planets where fewer
than `--effective` samples would count are left out. What is finished lies in FOLDER, by scale and block of
planets, and is found again. Printed is what `harness data check` says of each scale, and what is lost, by
scale and by the distance of single planets (model less spectrum at the true parameters, all channels
together, in sigma).
"""

from __future__ import annotations

import argparse
import math
import os
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.challenges import load
from harness.challenges.simulated import BUNDLED
from harness.components import Challenge, ForwardModel
from harness.components.forward_check import FARTHEST, PLANETS, check_forward_model, compared
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.data.split import MATCHED, Split
from harness.data.truth import Traces, Truth
from harness.metrics import systematic_rows
from harness.physics.builtin_opacities import opacity_directory
from harness.retrieval.adaptive_importance import Weighted, sample
from harness.runs.fitted import open_run
from harness.runs.scoring import score
from harness.simulation.foreign_opacities import Change, write_foreign_opacities
from harness.training import PooledSampler, TrainedEstimator

RIGHT = "0"
SCALES = (RIGHT, "0.05", "0.1", "0.3")
SAMPLES = 2000
BLOCK = 20  # planets that are sampled, and kept, at once
PER_ROUND = (1000, 1000, 1500, 2000, 3000, 4000)  # proposals for a planet, the network's first
EDGES = (0.0, 0.1, 0.3, 0.6, 1.0, 2.0, 4.0, np.inf)  # of distances that are told together [sigma]
METHODS = ("network", "exact")
Columns = dict[str, NDArray[np.float64]]


def opened(scale: str, work: Path, seed: int) -> Challenge:
    """Ariel-mini with the opacities of a scale for its forward model."""
    directory = "built-in"
    if scale != RIGHT:
        path = work / f"opacities-{scale}-seed-{seed}"
        if not path.is_dir():
            change = replace(Change().scaled(float(scale)), window=1, resolving_power=None)
            write_foreign_opacities(opacity_directory(), path, seed, change)
        directory = str(path)
    return load(f"simulated:{BUNDLED}", {"opacities": directory})


def made(forward: ForwardModel, split: Split, schema: Schema) -> Split:
    """The planets of a split with the spectra of another model."""
    facts = host_facts(split.observations, schema, forward.needs)
    with torch.no_grad():
        spectrum = forward(split.parameters.double(), *facts).double()
    seen = replace(split.observations, spectrum=spectrum)
    return Split(seen, Truth(split.parameters), split.partition)


@torch.no_grad()
def posteriors(
    estimator: TrainedEstimator, forward: ForwardModel, seen: Observations, effective: float, seed: int
) -> list[Weighted]:
    """Weighted samples of what a forward model and a uniform prior make of the spectra."""
    generator = torch.Generator().manual_seed(seed)
    pooled, trained, schema = PooledSampler(), estimator.trained, estimator.schema
    bounds = torch.tensor(schema.bounds, dtype=torch.float64).T

    def log_density(rows: Tensor, values: Tensor) -> Tensor:
        return pooled.log_prob(trained, seen[rows], values).double().nan_to_num(nan=torch.inf)

    def log_likelihood(rows: Tensor, values: Tensor) -> Tensor:
        planets, n, width = values.shape
        facts = (
            None if fact is None else fact.repeat_interleave(n)
            for fact in host_facts(seen[rows], schema, forward.needs)
        )
        depth = forward(values.reshape(-1, width), *facts).double().view(planets, n, -1)
        noise = seen.noise[rows][:, None]
        off = ((depth - seen.spectrum[rows][:, None]) / noise).square().sum(-1)
        density = -0.5 * off - noise.log().sum(-1) - 0.5 * noise.shape[-1] * math.log(2 * math.pi)
        return torch.where(density.isfinite(), density, -torch.inf)

    def draw(n: int) -> Tensor:
        return pooled.draw(trained, seen, n, generator).double()

    wanted = torch.full((len(seen),), effective, dtype=torch.float64)
    return sample(draw, log_density, log_likelihood, bounds, wanted, PER_ROUND, generator)


def resampled(found: list[Weighted], seed: int) -> Tensor:
    """Equally likely rows (N, SAMPLES, P)."""
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for one in found:
        start = torch.rand(1, generator=generator, dtype=torch.float64)
        rows.append(one.values[0][systematic_rows(one.log_weights.softmax(1), SAMPLES, start)[0]])
    return torch.stack(rows)


def measure_block(
    scale: str, place: Path, rows: Tensor, estimator: TrainedEstimator, asked: argparse.Namespace
) -> Columns:
    """Scores and distances of one block of planets, from the work folder where they are finished."""
    if not place.exists():
        begun = time.process_time()
        truth, wrong = opened(scale, asked.work, asked.seed), opened(RIGHT, asked.work, asked.seed)
        model, believed = truth.forward_model(), wrong.forward_model()
        assert model is not None
        assert believed is not None
        split = made(model, truth.test[rows], truth.schema)
        seen, seed = split.observations, 1000 * asked.seed + int(rows[0])
        reference = posteriors(estimator, model.quick(), seen, asked.effective, seed)
        # at scale 0 a second sample, so that the noise of both is in the difference
        exact = posteriors(estimator, believed.quick(), seen, asked.effective, seed + 500)
        pairs = [(one.values[0], one.log_weights[0].softmax(0)) for one in reference]
        traces = Traces.from_list(pairs, len(truth.schema.parameters))
        challenge = truth.on(Split(seen, Truth(split.parameters, traces), split.partition))
        generator = torch.Generator().manual_seed(seed)
        plain = PooledSampler().draw(estimator.trained, seen, SAMPLES, generator).double()
        columns = {
            "distance": check_forward_model(believed, split, truth.schema).distance,
            "reference_size": torch.cat([one.effective for one in reference]),
            "exact_size": torch.cat([one.effective for one in exact]),
        }
        for name, drawn in (("network", plain), ("exact", resampled(exact, seed))):
            columns[name] = score(Posterior.equal(drawn), challenge, ["ariel"])["ariel"].per_planet
        unfinished = place.with_name("unfinished.npz")
        np.savez(unfinished, **{name: one.numpy() for name, one in columns.items()})
        unfinished.rename(place)
        took = time.process_time() - begun
        print(f"scale {scale}, planets from {int(rows[0])}: {took:.0f} s of the processor", flush=True)
    with np.load(place) as found:
        return dict(found)


def measure(scale: str, estimator: TrainedEstimator, asked: argparse.Namespace) -> Columns:
    """Those of all planets."""
    challenge = opened(RIGHT, asked.work, asked.seed)
    rows = challenge.test.partitions()[MATCHED][: asked.planets]
    blocks = []
    for number, block in enumerate(torch.as_tensor(rows).split(BLOCK)):
        place = asked.work / f"scale-{scale}-seed-{asked.seed}-block-{number}.npz"
        if place.exists() or not asked.table:
            blocks.append(measure_block(scale, place, block, estimator, asked))
    names = blocks[0] if blocks else {}
    return {name: np.concatenate([one[name] for one in blocks]) for name in names}


def trained_on(scale: str, asked: argparse.Namespace) -> tuple[float, float, NDArray[np.float64]]:
    """What `harness data check` finds of the built-in model: median, 90% and the planets' distances."""
    truth, wrong = opened(scale, asked.work, asked.seed), opened(RIGHT, asked.work, asked.seed)
    some = truth.train[torch.arange(0, len(truth.train), max(1, len(truth.train) // PLANETS))[:PLANETS]]
    model, believed = truth.forward_model(), wrong.forward_model()
    assert model is not None
    assert believed is not None
    spectrum, theirs = (made(one, some, truth.schema).observations for one in (believed, model))
    found = compared(spectrum.spectrum, theirs.spectrum, theirs.noise.double())
    return found.quantile(0.5), found.quantile(0.9), found.distance.numpy()


def table(found: dict[str, Columns], asked: argparse.Namespace) -> None:
    """What is lost, by scale and by distance."""
    right = found[RIGHT]
    lost: dict[str, list[NDArray[np.float64]]] = {name: [] for name in ("distance", *METHODS)}
    print(
        "scale  residuals: median  90% | distances: beyond  90% | planets   network   loses   exact   loses"
    )
    for scale, one in sorted(found.items(), key=lambda pair: float(pair[0])):
        median, high, distances = trained_on(scale, asked)
        common = min(len(one["distance"]), len(right["distance"]))
        sizes = [each[name][:common] for each in (one, right) for name in ("reference_size", "exact_size")]
        kept = np.min(sizes, axis=0) >= asked.effective
        line = f"{scale:6} {median:17.3f} {high:5.2f} | {np.mean(distances > FARTHEST):17.0%} "
        line += f"{np.quantile(distances, 0.9):5.2f} | {kept.sum():7d}"
        for method in METHODS:
            own, best = one[method][:common][kept], right[method][:common][kept]
            line += f" {own.mean():7.1f} {_told(best - own):>12}"
            if scale != RIGHT:
                lost[method].append(best - own)
        if scale != RIGHT:
            lost["distance"].append(one["distance"][:common][kept])
        print(line)
    if not lost["distance"]:
        return
    every = {name: np.concatenate(parts) for name, parts in lost.items()}
    print("\ndistance [sigma]   planets   network loses     exact loses")
    for low, high in pairwise(EDGES):
        some = (every["distance"] >= low) & (every["distance"] < high)
        told = "".join(f"{_told(every[method][some]):>16}" for method in METHODS)
        print(f"{low:6.2f} to {high:<8.2f} {some.sum():7d} {told}")


def _told(lost: NDArray[np.float64]) -> str:
    if len(lost) < 2:
        return "-"
    return f"{lost.mean():.1f} ± {lost.std(ddof=1) / np.sqrt(len(lost)):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="folder of a finished run of a trained density on ariel-mini")
    parser.add_argument("--work", type=Path, required=True, help="folder of what is finished")
    parser.add_argument("--scales", nargs="*", default=SCALES)
    parser.add_argument("--planets", type=int, default=40, help="matched test planets")
    parser.add_argument("--effective", type=float, default=800.0, help="samples that count, for a planet")
    parser.add_argument("--seed", type=int, default=0, help="of the opacities and of all draws")
    parser.add_argument("--table", action="store_true", help="only print what is finished")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    asked.work.mkdir(parents=True, exist_ok=True)
    estimator = open_run(asked.run).estimator
    assert isinstance(estimator, TrainedEstimator)
    found = {scale: measure(scale, estimator, asked) for scale in asked.scales}
    table({scale: columns for scale, columns in found.items() if columns}, asked)


if __name__ == "__main__":
    main()
