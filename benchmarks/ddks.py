"""Seconds that the d-dimensional KS distances take, beside the code of their authors.

    python benchmarks/ddks.py --peer PATH-OF-A-CHECKOUT-OF-pnnl/DDKS
    python benchmarks/ddks.py --device cuda

Three measurements in 7 dimensions: the exact distance of one pair of samples of 1,024, which the
authors' code computes too, on the same device and threads; the exact distance of 256 planets, 256
against 256 samples; and a training step, `soft_ddks` forward and backward of 256 planets, 64 against
64 samples. The peer is looked for among the installed packages where no path is given, and left out
where it is not found. Seconds are of the wall clock, so on a busy machine read those of the
processor, which are beside them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

# threads that spin while they wait make a busy machine many times slower; decided as torch is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

DIMENSIONS = 7


class Taken(NamedTuple):
    """The best of a few calls, after one that is not timed."""

    seconds: float
    processor_seconds: float


def taken(call: Callable[[], Any], device: str, repeats: int) -> Taken:
    import torch

    def finish() -> None:
        if device != "cpu":
            torch.cuda.synchronize(device)

    if repeats > 1:
        call()
    wall, processor = [], []
    for _ in range(repeats):
        finish()
        begun = time.perf_counter(), time.process_time()
        call()
        finish()
        wall.append(time.perf_counter() - begun[0])
        processor.append(time.process_time() - begun[1])
    return Taken(min(wall), min(processor))


def peer_distance(path: Path | None) -> Callable[[Any, Any], Any] | None:
    """`ddks.methods.ddKS` of pnnl/DDKS, its one file alone: its packages import much that is not needed."""
    if path is None:
        spec = importlib.util.find_spec("ddks")
        if spec is None or spec.origin is None:
            return None
        path = Path(spec.origin).parent.parent
    file = path / "ddks" / "methods" / "ddks.py" if path.is_dir() else path
    spec = importlib.util.spec_from_file_location("peer_ddks", file)
    if spec is None or spec.loader is None or not file.exists():
        raise SystemExit(f"{file} is not there; give the checkout of pnnl/DDKS, or its ddks/methods/ddks.py.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    distance: Callable[[Any, Any], Any] = module.ddKS()
    return distance


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    import torch

    from harness.metrics import ddks, soft_ddks

    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Any:
        return torch.randn(*shape, DIMENSIONS, generator=generator).to(arguments.device)

    device, repeats, planets = arguments.device, arguments.repeats, arguments.planets
    n = arguments.samples
    a, b = draw(n), draw(n)
    exact = taken(lambda: ddks(a, b), device, repeats)
    many = draw(planets, 256), draw(planets, 256)
    batch = taken(lambda: ddks(*many), device, repeats)
    predicted, reference = draw(planets, 64).requires_grad_(), draw(planets, 64)

    def step() -> None:
        predicted.grad = None
        soft_ddks(predicted, reference, 0.2).mean().backward()  # type: ignore[no-untyped-call]

    training = taken(step, device, repeats)
    result: dict[str, Any] = {
        "planets": planets,
        "samples": n,
        "dimensions": DIMENSIONS,
        "exact": exact._asdict(),
        "exact_batch": batch._asdict(),
        "training_step": training._asdict(),
        "peer": None,
        "device": torch.cuda.get_device_name(device) if device != "cpu" else "cpu",
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
    }
    peer = peer_distance(arguments.peer)
    if peer is not None:
        found: list[Any] = []
        timing = taken(lambda: found.append(peer(a, b)), device, arguments.peer_repeats)
        result["peer"] = {
            **timing._asdict(),
            "speed_up": timing.seconds / exact.seconds,
            "processor_speed_up": timing.processor_seconds / exact.processor_seconds,
            "difference": abs(float(found[-1]) - float(ddks(a, b))),
        }
    return result


def show(result: dict[str, Any]) -> None:
    """Print the result as a table."""
    from rich.console import Console
    from rich.table import Table

    planets, samples, peer = result["planets"], result["samples"], result["peer"]
    table = Table(
        title=f"{result['dimensions']} dimensions",
        caption=f"{result['device']}, {result['threads']} threads on the processor, best of a few"
        + (f"; the two exact distances differ by {peer['difference']:.1e}" if peer else ""),
    )
    for column in ("", "seconds", "processor seconds"):
        table.add_column(column, justify="left" if not column else "right")
    rows = [
        (f"ddks, {samples} against {samples}", result["exact"]),
        (f"ddks, {planets} planets, 256 against 256", result["exact_batch"]),
        (f"soft_ddks forward and backward, {planets} planets, 64 against 64", result["training_step"]),
    ]
    if peer:
        rows.append((f"pnnl/DDKS, {samples} against {samples} ({peer['speed_up']:.0f} times ddks)", peer))
    for name, timing in rows:
        table.add_row(name, f"{timing['seconds']:.4f}", f"{timing['processor_seconds']:.4f}")
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the d-dimensional KS distances.")
    parser.add_argument("--peer", type=Path, help="checkout of pnnl/DDKS, or its ddks/methods/ddks.py")
    parser.add_argument("--peer-repeats", type=int, default=1, help="calls of the peer")
    parser.add_argument("--samples", type=int, default=1024, help="samples of either side in the single pair")
    parser.add_argument("--planets", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    result = measure(arguments)
    print(json.dumps(result, indent=2)) if arguments.json else show(result)


if __name__ == "__main__":
    main()
