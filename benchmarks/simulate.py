"""Seconds that `harness simulate` takes for as many planets as the release has, part by part.

    python benchmarks/simulate.py

simulates 41,423 training planets and 685 test planets with the built-in opacities, and 32 planets of each
shift, and writes the directory to a temporary place.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

# threads that spin while they wait make a busy machine many times slower; decided as torch is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the simulation of a challenge.")
    parser.add_argument("--planets", type=int, default=41_423)
    parser.add_argument("--test", type=int, default=685)
    parser.add_argument("--shifted", type=int, default=32, help="planets of each shift")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()

    import numpy as np
    import torch

    from harness.challenges.ariel2023.writer import write_ariel2023
    from harness.physics.builtin_opacities import opacity_directory
    from harness.simulation.challenge import SCHEMA, Part, simulate
    from harness.simulation.forward import Forward
    from harness.simulation.population import draw_population
    from harness.simulation.shifts import SHIFTS, Matched

    opacities = opacity_directory()  # generated before the clock runs, where it is not there yet
    forward = Forward(opacities, arguments.device)
    seconds: dict[str, float] = {}

    def quiet(done: int) -> None:
        pass

    population = draw_population(arguments.shifted, np.random.default_rng(arguments.seed))
    for kind in SHIFTS:
        begun = time.perf_counter()
        kind().spectra(population, forward, np.random.default_rng(0), quiet)
        seconds[f"{arguments.shifted} {kind.name}"] = time.perf_counter() - begun

    begun = time.perf_counter()
    parts = [Part(Matched(), arguments.test)]
    splits = simulate(arguments.planets, parts, arguments.seed, forward, quiet)
    seconds[f"{arguments.planets + arguments.test} spectra"] = time.perf_counter() - begun

    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_ariel2023(Path(folder) / "challenge", SCHEMA, splits)
    seconds["writing"] = time.perf_counter() - begun

    train = splits["train"].observations
    result = {
        "seconds": seconds,
        "mean_depth": train.spectrum.mean().item(),
        "mean_noise": train.noise.mean().item(),
        "device": arguments.device,
        "threads": torch.get_num_threads(),
        "load_average": os.getloadavg()[0],
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
