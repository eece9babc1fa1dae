"""Seconds that the two posterior scores of the Ariel challenge take, beside a loop over scipy.

    python benchmarks/posterior_score.py

scores as many planets as the challenge's test set has: 685, each with 4,500 weighted samples of 7
parameters against a trace of 4,000. The peer is `scipy.stats.ks_2samp`, called as the steps of the
challenge read: planet by planet, resample, clip, resize, and one call per parameter. It is timed on
the first few planets, where its result is checked against ours, and extrapolated to all.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import time
from collections.abc import Callable
from typing import Any

# threads that spin while they wait make a busy machine many times slower; decided as torch is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

REPEATS = 3


def draw(planets: int, rows: int, seed: int) -> tuple[Any, Any]:
    """Weighted samples (planets, rows, 7) of clouds within the bounds, weights as uneven as a trace's."""
    import torch

    from harness.metrics import ARIEL_BOUNDS

    generator = torch.Generator().manual_seed(seed)
    lower, upper = torch.tensor(ARIEL_BOUNDS, dtype=torch.float64).T
    noise = torch.randn(planets, rows, len(lower), generator=generator, dtype=torch.float64)
    weights = torch.rand(planets, rows, generator=generator, dtype=torch.float64) ** 8
    return (lower + upper) / 2 + 0.2 * (upper - lower) * noise, weights / weights.sum(dim=-1, keepdim=True)


def scipy_loop(samples: Any, weights: Any, truth_samples: Any, truth_weights: Any) -> list[float]:
    """The official score of each planet, one parameter after the other."""
    import numpy as np
    from scipy import stats

    from harness.metrics import ARIEL_BOUNDS

    lower, upper = np.array(ARIEL_BOUNDS).T
    generator = np.random.default_rng(0)

    def prepared(values: Any, mass: Any) -> Any:
        positions = (generator.random() + np.arange(len(mass))) / len(mass)
        chosen = np.searchsorted(np.cumsum(mass), positions, side="right").clip(max=len(mass) - 1)
        return np.clip(values[chosen], lower, upper)

    scores = []
    for planet in range(len(samples)):
        ours = prepared(samples[planet], weights[planet])
        theirs = prepared(truth_samples[planet], truth_weights[planet])
        distances = [
            stats.ks_2samp(ours[:, p], np.resize(theirs[:, p], len(ours))).statistic
            for p in range(ours.shape[1])
        ]
        scores.append(float(np.mean([1000 * (1 - distance) for distance in distances])))
    return scores


def seconds(call: Callable[[], Any]) -> float:
    """The best of a few calls."""
    taken = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the posterior scores of the Ariel challenge.")
    parser.add_argument("--planets", type=int, default=685)
    parser.add_argument("--rows", type=int, default=4500, help="samples of each prediction")
    parser.add_argument("--truth-rows", type=int, default=4000, help="samples of each trace")
    parser.add_argument(
        "--peer-planets", type=int, default=20, help="planets that the scipy loop is timed on"
    )
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()

    import numpy as np
    import torch

    from harness.metrics import official_posterior_score, posterior_score

    prediction = draw(arguments.planets, arguments.rows, seed=0)
    truth = draw(arguments.planets, arguments.truth_rows, seed=1)
    few = min(arguments.peer_planets, arguments.planets)
    arrays = [tensor[:few].numpy() for tensor in (*prediction, *truth)]
    on_device = [tensor.to(arguments.device) for tensor in (*prediction, *truth)]

    def ours(score: Callable[..., torch.Tensor]) -> float:
        return seconds(lambda: score(*on_device).cpu())

    timings = {
        "posterior_score (exact, weighted)": ours(posterior_score),
        "official_posterior_score": ours(official_posterior_score),
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    samples = sum(tensor.nbytes for tensor in (*prediction, *truth))
    begun = time.perf_counter()
    expected = scipy_loop(*arrays)
    peer = (time.perf_counter() - begun) * arguments.planets / few
    found = official_posterior_score(*(tensor[:few] for tensor in on_device)).cpu().numpy()
    result = {
        "planets": arguments.planets,
        "rows": [arguments.rows, arguments.truth_rows],
        "seconds": timings,
        "scipy_loop_seconds": peer,
        "scipy_loop_extrapolated_from_planets": few,
        "largest_difference_of_1000": float(np.abs(found - expected).max()),
        "peak_memory_mib": peak / 1024,  # of the process, that also drew the samples
        "samples_mib": samples / 2**20,
        "device": arguments.device,
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
    }
    print(json.dumps(result, indent=2)) if arguments.json else show(result)


def show(result: dict[str, Any]) -> None:
    """Print the result as a table."""
    from rich.console import Console
    from rich.table import Table

    rows, truth_rows = result["rows"]
    table = Table(
        title=f"{result['planets']} planets, {rows} against {truth_rows} samples of 7 parameters",
        caption=f"{result['device']}, {result['threads']} threads; best of {REPEATS}; "
        f"peak memory {result['peak_memory_mib']:.0f} MiB with {result['samples_mib']:.0f} MiB of samples; "
        f"scipy extrapolated from {result['scipy_loop_extrapolated_from_planets']} planets, "
        f"where the official score differs by {result['largest_difference_of_1000']:.1e} of 1000",
    )
    table.add_column("")
    table.add_column("seconds", justify="right")
    table.add_column("speed-up", justify="right")
    peer = result["scipy_loop_seconds"]
    for name, taken in result["seconds"].items():
        table.add_row(name, f"{taken:.2f}", f"{peer / taken:.0f}x")
    table.add_row("scipy.stats.ks_2samp in a loop (official)", f"{peer:.1f}", "1x")
    Console().print(table)


if __name__ == "__main__":
    main()
