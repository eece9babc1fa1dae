"""An emulator beside the model that it imitates: errors, speed, and nested sampling with and without it.

    python benchmarks/emulator.py FILE                        # errors and speed
    python benchmarks/emulator.py FILE --planets 3            # and retrievals of the first test planets
    python benchmarks/emulator.py --networks                  # the speed of both networks, untrained

Errors are those recorded with FILE, on atmospheres held out. Speeds are measured side by side in this run:
a spectrum at a batch of 256, with as many threads as torch has. Retrievals are of test planets of the
challenge, noise drawn, on one thread each, as `nested-sampling` makes them for 2,000 samples: CPU seconds of
this process, effective sample size, evidence, and the mean marginal Kolmogorov-Smirnov distance to the first
line. That of "again", the quick model with another seed, is what so many rows leave to chance; "tight bounds"
is the emulator with the bounds of the quick model.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from harness_emulator.emulator import Description, Emulator
from harness_emulator.file import read_emulator
from harness_emulator.making import held_out_atmospheres, required_forward_model
from harness_emulator.settings import HIMES, Architecture, Settings
from harness_emulator.speed import milliseconds

from harness.challenges import load
from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.components import Challenge, ForwardModel
from harness.components.emulated import EmulatedForwardModel
from harness.estimators.nested_sampling import OF_AN_EMULATOR
from harness.metrics import ks_distance
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_posterior import reference_posterior


def speeds(challenge: Challenge, models: dict[str, ForwardModel]) -> None:
    """Print what a spectrum takes with each model, in one run."""
    forward = required_forward_model(challenge)
    atmospheres = held_out_atmospheres(challenge, forward, Settings(held_out=256))
    exact = milliseconds(forward, atmospheres)
    print(f"a spectrum at a batch of 256, {torch.get_num_threads()} threads: us, times less than the model")
    print(f"{'the model':30} {1e3 * exact:10.1f}")
    for name, model in models.items():
        taken = milliseconds(model, atmospheres)
        print(f"{name:30} {1e3 * taken:10.1f} {exact / taken:8.1f}", flush=True)


def untrained(challenge: Challenge, architecture: Architecture) -> Emulator:
    """An emulator that has learned nothing, which takes as long as one that has."""
    forward = required_forward_model(challenge)
    return Emulator(
        Description(
            forward=forward.identity,
            needs=forward.needs,
            challenge=challenge.spec,
            schema_=challenge.schema,
            masses=None,
            architecture=architecture,
            settings={},
        )
    )


def retrievals(challenge: Challenge, emulator: Emulator, planets: int, first: int) -> None:
    """Print what nested sampling of each planet takes with the quick model and with the emulator."""
    torch.set_num_threads(1)
    own = challenge.forward_model()
    assert isinstance(own, ArielForwardModel)
    exact = own.single()
    explored = EmulatedForwardModel(exact, emulator)
    explored(*held_out_atmospheres(challenge, exact, Settings(held_out=16)).inputs)  # opacities are read now
    usual = NestedOptions(rows=2000)
    loose = usual.model_copy(update=OF_AN_EMULATOR)
    ways = {
        "quick model": (exact, usual, 1),
        "again": (exact, usual, 2),
        "tight bounds": (explored, usual, 1),
        "emulator": (explored, loose, 1),
    }
    print("planet      explored by    CPU seconds  likelihoods  effective size  log evidence  mean KS")
    generator = torch.Generator().manual_seed(0)
    observed = challenge.test.observations.to("cpu", torch.float64).noisy(generator)
    for number in range(first, first + planets):
        planet, before = observed[[number]], None
        for name, (forward, options, seed) in ways.items():
            begun = time.process_time()
            trace = reference_posterior(planet, challenge.schema, forward, seed, options)
            taken = time.process_time() - begun
            before = before or trace
            print(
                f"{planet.title(0):11} {name:14} {taken:11.1f} {trace.calls:12,} "
                f"{trace.effective_size:15,.0f}"
                f" {trace.log_evidence:13.2f} {distance(before, trace):8.3f}",
                flush=True,
            )


def distance(one: NestedTrace, other: NestedTrace) -> float:
    """Mean marginal KS distance of two weighted traces."""
    arrays = (one.values, other.values, one.weights, other.weights)
    return float(ks_distance(*(torch.as_tensor(array) for array in arrays)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE")
    parser.add_argument("--challenge", default="ariel-mini")
    parser.add_argument("--networks", action="store_true", help="time both networks, untrained")
    parser.add_argument("--planets", type=int, default=0, help="retrieve so many test planets")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--no-speed", action="store_true", help="do not time spectra")
    arguments = parser.parse_args()
    challenge = load(arguments.challenge)
    models: dict[str, ForwardModel] = {"the quick model": required_forward_model(challenge).quick()}
    if arguments.networks:
        models["residual, 3 x 256"] = untrained(challenge, Architecture())
        models["convolutional, 3 x 4096"] = untrained(challenge, HIMES)
    emulator = None
    if arguments.file is not None:
        models["the emulator"] = emulator = read_emulator(arguments.file)
        emulator.require(required_forward_model(challenge), challenge.schema)
        if (found := emulator.description.accuracy) is not None:
            print(
                f"off by {found.median:.2%} of the noise (median), {found.most:.2%} (99%); "
                f"{found.median_ppm:.3g} and {found.most_ppm:.3g} ppm; {found.lost:.2%} taken for no planet"
            )
    if not arguments.no_speed:
        speeds(challenge, models)
    if arguments.planets and emulator is not None:
        retrievals(challenge, emulator, arguments.planets, arguments.first)


if __name__ == "__main__":
    main()
