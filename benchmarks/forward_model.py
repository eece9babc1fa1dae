"""How fast the forward model is, beside TauREx 3 on the same opacity files, and how much memory it takes.

    python benchmarks/forward_model.py [--device cpu|cuda] [--batch 256] [--points 8500] [--json]

Writes opacity files of five molecules (27 temperatures, 22 pressures) to a temporary folder. TauREx (with
numba, if it is installed) and the model take turns, so that both meet the same machine; the best of the
rounds counts. Without TauREx only the model is timed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from of_tests import module_of_tests

from harness.physics import GASES, TransmissionModel


def planets(number: int, seed: int, whole_box: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Parameters as the challenge's population has them, or from the whole prior box."""
    random = np.random.default_rng(seed)
    low = [0.1, 50.0, *[-12.0] * 5] if whole_box else [0.2, 500.0, -9, -9, -6, -9, -9]
    high = [3.0, 7000.0, *[-1.0] * 5] if whole_box else [1.8, 2100.0, -3, -5, -3, -3, -3]
    rows = random.uniform(low, high, (number, 7))
    star, mass = random.uniform(0.6, 2.0, number), 10 ** random.uniform(-1.0, 0.7, number)
    return torch.as_tensor(rows), torch.as_tensor(star), torch.as_tensor(mass)


def seconds(work: Callable[[], Any], device: str) -> float:
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def measure(arguments: argparse.Namespace, directory: Path, tests: Any) -> dict[str, Any]:
    device, batch = arguments.device, arguments.batch
    tests.write_files(
        directory,
        np.geomspace(1250, 25000, arguments.points),
        temperature=np.linspace(100.0, 3400.0, 27),
        pressure=np.geomspace(1e-5, 1e2, 22),
    )
    result: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if device == "cuda" else platform.processor() or "cpu",
        "threads": torch.get_num_threads(),
        "points": arguments.points,
        "batch": batch,
    }
    usual, box = planets(batch, 1, whole_box=False), planets(batch, 2, whole_box=True)
    single = TransmissionModel.from_files(directory, device=device)
    double = TransmissionModel.from_files(directory, device=device, dtype=torch.float64)

    def with_gradient() -> None:
        rows = usual[0].clone().requires_grad_()
        single.binned(rows, *usual[1:]).sum().backward()

    works: dict[str, tuple[Callable[[], Any], int]] = {
        "float32 native": (lambda: single.native(*usual), batch),
        "float32 binned": (lambda: single.binned(*usual), batch),
        "float32 native, whole prior box": (lambda: single.native(*box), batch),
        "float32 binned with gradient": (with_gradient, batch),
        "float64 native": (lambda: double.native(*usual), batch),
    }
    if importlib.util.find_spec("taurex") is not None and device == "cpu":
        few = 4
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            oracle = tests.Oracle(directory)
            rows = [one[:few].numpy() for one in usual]
            works["taurex"] = (lambda: oracle.natives(*rows), few)
            theirs = oracle.natives(*rows)
        result["float32_ppm"] = 1e6 * np.abs(single.native(*usual)[:few].double().numpy() - theirs).max()
        result["float64_ppm"] = 1e6 * np.abs(double.native(*usual)[:few].numpy() - theirs).max()
    best = dict.fromkeys(works, float("inf"))
    for _ in range(arguments.rounds):
        for name, (work, number) in works.items():
            best[name] = min(best[name], seconds(work, device) / number)
    result["ms_per_spectrum"] = {name: 1e3 * value for name, value in best.items()}
    result["spectra_per_s"] = {name: 1 / value for name, value in best.items()}
    if "taurex" in best:
        result["times_taurex"] = {name: best["taurex"] / value for name, value in best.items()}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    many = planets(16 * batch, 3, whole_box=False)
    single.binned(*many)
    rows = many[0].clone().requires_grad_()
    single.binned(rows, *many[1:]).sum().backward()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result["more_memory_for_16_batches_MiB"] = (after - before) / 1024
    if device == "cuda":
        result["peak_gpu_memory_MiB"] = torch.cuda.max_memory_allocated() / 2**20
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--points", type=int, default=8500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    tests = module_of_tests("physics/conftest.py")
    with tempfile.TemporaryDirectory() as folder:
        result = measure(arguments, Path(folder), tests)
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['device']}, {result['threads']} threads, {len(GASES)} gases, {result['points']} points")
    print(f"batch {result['batch']}\n\n{'':36}{'ms/spectrum':>12}{'spectra/s':>12}{'x TauREx':>10}")
    for name, value in result["ms_per_spectrum"].items():
        ratio = result.get("times_taurex", {}).get(name)
        print(f"{name:36}{value:12.3f}{1e3 / value:12,.0f}{f'{ratio:.0f}' if ratio else '':>10}")
    for name in ("float32_ppm", "float64_ppm", "more_memory_for_16_batches_MiB", "peak_gpu_memory_MiB"):
        if name in result:
            print(f"{name:36}{result[name]:12.3g}")


if __name__ == "__main__":
    main()
