"""How long the whole Ariel 2023 score takes at the size of the official test, beside the published way.

    python benchmarks/official_score.py [--planets 685] [--rows 4000] [--device cpu|cuda] [--json]

Posteriors of planets as the challenge's population has them, traces of 4,000 rows against predictions of
as many, posterior and spectral part, with the built-in opacities. The published way computes 20 TauREx
models for each trace, prediction and reference; it is timed on a few planets (with numba, if it is
installed), where its scores are checked against ours, and extrapolated. Without TauREx only ours is timed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import resource
import time
from pathlib import Path
from typing import Any

from of_tests import module_of_tests

# threads that spin while they wait make a busy machine many times slower; decided as torch is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def planets(number: int, rows: int) -> dict[str, Any]:
    """Reference traces with uneven weights, and equally weighted predictions somewhat off."""
    import torch

    generator = torch.Generator().manual_seed(2023)

    def uniform(low: list[float], high: list[float]) -> torch.Tensor:
        ends = torch.tensor([low, high], dtype=torch.float64)
        return ends[0] + (ends[1] - ends[0]) * torch.rand(
            number, len(low), generator=generator, dtype=torch.float64
        )

    def cloud(centre: torch.Tensor) -> torch.Tensor:
        width = torch.tensor([0.02, 100.0, 0.6, 0.8, 1.0, 0.8, 0.8], dtype=torch.float64)
        return centre[:, None] + width * torch.randn(
            number, rows, 7, generator=generator, dtype=torch.float64
        )

    centre = uniform([0.3, 500.0, -9, -9, -6, -9, -9], [1.6, 2100.0, -3, -5, -3, -3, -3])
    off = uniform([-0.02, -80.0, *[-0.5] * 5], [0.02, 80.0, *[0.5] * 5])
    weights = torch.rand(number, rows, generator=generator, dtype=torch.float64) ** 8
    return {
        "samples": cloud(centre + off),
        "weights": torch.full((number, rows), 1 / rows, dtype=torch.float64),
        "truth_samples": cloud(centre),
        "truth_weights": weights / weights.sum(dim=-1, keepdim=True),
        "star_radius": uniform([0.6], [2.0])[:, 0],
        "planet_mass": 10 ** uniform([-0.5], [0.7])[:, 0],
    }


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    import torch

    from harness.challenges.ariel2023.forward_model import ArielForwardModel
    from harness.challenges.ariel2023.grid import PARAMETERS, WAVELENGTH, WIDTH
    from harness.data.schema import Schema
    from harness.metrics import (
        official_posterior_score,
        official_spectral_score,
        posterior_score,
        spectral_score,
    )
    from harness.physics.builtin_opacities import opacity_directory

    begun = time.perf_counter()
    opacity_directory()
    forward = ArielForwardModel(Schema(parameters=PARAMETERS, wavelength=WAVELENGTH, width=WIDTH))
    everything = planets(arguments.planets, arguments.rows)
    on_device = {name: tensor.to(arguments.device) for name, tensor in everything.items()}
    traces = {name: on_device[name] for name in ("samples", "weights", "truth_samples", "truth_weights")}
    facts = {name: on_device[name] for name in ("star_radius", "planet_mass")}
    forward(traces["samples"][0, :2], facts["star_radius"][:2], facts["planet_mass"][:2])
    loading = time.perf_counter() - begun

    def seconds(score: Any, **more: Any) -> tuple[float, float, Any]:
        """On the clock and of processor time; the latter hardly minds what else the machine does."""
        begun, busy = time.perf_counter(), time.process_time()
        found = score(**traces, **more).cpu()
        return time.perf_counter() - begun, time.process_time() - busy, found

    result: dict[str, Any] = {
        "planets": arguments.planets,
        "rows": arguments.rows,
        "device": torch.cuda.get_device_name() if arguments.device == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "loading_seconds": loading,
    }
    for name, posterior, spectral in (
        ("ariel-official", official_posterior_score, official_spectral_score),
        ("ariel", posterior_score, spectral_score),
    ):
        posterior_seconds, posterior_busy, posterior_found = seconds(posterior)
        spectral_seconds, spectral_busy, spectral_found = seconds(spectral, forward=forward, **facts)
        result[name] = {
            "posterior_seconds": posterior_seconds,
            "spectral_seconds": spectral_seconds,
            "total_seconds": posterior_seconds + spectral_seconds,
            "processor_seconds": posterior_busy + spectral_busy,
            "posterior": float(posterior_found.mean()),
            "spectral": float(spectral_found.mean()),
        }
        if name == "ariel-official":
            official = spectral_found
    result["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if importlib.util.find_spec("taurex") is not None and arguments.peer_planets:
        result |= as_published(everything, arguments.peer_planets, opacity_directory(), official)
        result["times_published"] = result["published_seconds"] / result["ariel-official"]["total_seconds"]
    return result


def as_published(everything: dict[str, Any], few: int, opacities: Path, ours: Any) -> dict[str, Any]:
    """The steps of the published scorer's spectral part with TauREx on a few planets."""
    import numpy as np

    from harness.challenges.ariel2023.grid import WAVELENGTH, WIDTH

    steps = module_of_tests("metrics/test_spectral_score.py")
    taurex = module_of_tests("physics/conftest.py").Oracle(opacities)
    channels = np.array(WAVELENGTH), np.array(WIDTH)

    def spectrum(row: Any, star_radius: float, planet_mass: float) -> Any:
        return taurex.bin(*taurex.native(row, star_radius, planet_mass), *channels)

    arrays = {name: tensor[: max(few, 1)].numpy() for name, tensor in everything.items()}
    catalogue = steps.Catalogue([], equal=True)
    catalogue.ours = list(zip(arrays["samples"], arrays["weights"], strict=True))
    catalogue.theirs = list(zip(arrays["truth_samples"], arrays["truth_weights"], strict=True))
    catalogue.star_radius, catalogue.planet_mass = arrays["star_radius"], arrays["planet_mass"]
    spectrum(arrays["samples"][0, 0], 1.0, 1.0)  # numba compiles on the first call
    # our resampling numbers are drawn for all planets, the same first ones
    begun = time.perf_counter()
    expected = steps.step_by_step(catalogue, steps.published_spectra, spectrum)
    taken = time.perf_counter() - begun
    return {
        "published_seconds": taken * len(everything["samples"]) / few,
        "published_ms_per_model": 1e3 * taken / few / 40,
        "published_extrapolated_from_planets": few,
        "largest_difference_of_1000": float(np.abs(ours[:few].numpy() - expected).max()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--planets", type=int, default=685)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--peer-planets", type=int, default=4, help="planets that TauREx is timed on")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    result = measure(arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    print(
        f"{result['planets']} planets, {result['rows']} rows against {result['rows']}; "
        f"{result['device']}, {result['threads']} threads\n\n{'seconds':24}{'posterior':>12}{'spectral':>12}"
        f"{'total':>12}{'processor':>12}"
    )
    for name in ("ariel-official", "ariel"):
        one = result[name]
        print(
            f"{name:24}{one['posterior_seconds']:12.1f}{one['spectral_seconds']:12.1f}"
            f"{one['total_seconds']:12.1f}{one['processor_seconds']:12.1f}"
        )
    if "published_seconds" in result:
        print(
            f"{'published, spectral':36}{result['published_seconds']:12.0f}\n\n"
            f"published: {result['published_ms_per_model']:.0f} ms a model, extrapolated from "
            f"{result['published_extrapolated_from_planets']} planets, where it differs from ariel-official "
            f"by {result['largest_difference_of_1000']:.1e} of 1000; "
            f"{result['times_published']:.0f} times slower than ariel-official"
        )
    print(
        f"loading {result['loading_seconds']:.1f} s, peak memory {result['peak_memory_mib']:.0f} MiB "
        "of the process that also drew the samples"
    )


if __name__ == "__main__":
    main()
