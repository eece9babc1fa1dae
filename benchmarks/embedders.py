"""What a training step costs in each embedder that is trained with its estimator.

    python benchmarks/embedders.py
    python benchmarks/embedders.py --set transformer.depth=2 --batch 256
    python benchmarks/embedders.py --device cuda

prints the parameters of each embedder and the milliseconds that a batch takes forward, and forward and
backward: 52 Ariel channels with spectrum and noise, and 60 facts of the planet. On a CPU one thread works
and its own time is counted; the least of many steps, so that other work on the machine matters less.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

# threads that spin while they wait make a busy machine many times slower; decided as torch is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

EMBEDDERS = ("resmlp", "rescnn", "transformer")
BLOCKS = ("spectrum", "noise")


def milliseconds(call: Callable[[], Any], steps: int, device: str) -> float:
    """The least time of a call after a few that warm up."""
    import torch

    clock = time.process_time if device == "cpu" else time.perf_counter
    taken = []
    for step in range(steps + 3):
        begun = clock()
        call()
        if device != "cpu":
            torch.cuda.synchronize()
        if step >= 3:
            taken.append(1e3 * (clock() - begun))
    return min(taken)


def measure(name: str, options: dict[str, Any], arguments: argparse.Namespace) -> tuple[int, float, float]:
    """Parameters, and milliseconds of a batch forward and forward with backward."""
    import torch

    from harness.challenges.ariel2023.grid import WAVELENGTH
    from harness.components import FeatureLayout
    from harness.runs.assembly import Choice

    embedder = Choice.of("embedder", name, options).build()
    embedder.use_layout(FeatureLayout(BLOCKS, tuple(WAVELENGTH)))
    torch.manual_seed(0)
    n_features = embedder.layout.n_channel_features + arguments.facts
    module = embedder.architecture(n_features).to(arguments.device)
    features = torch.randn(arguments.batch, n_features, device=arguments.device)

    def forward() -> None:
        with torch.no_grad():
            module(features)

    def both() -> None:
        module.zero_grad()
        module(features).square().mean().backward()

    n_parameters = sum(parameter.numel() for parameter in module.parameters())
    times = [milliseconds(call, arguments.steps, arguments.device) for call in (forward, both)]
    return n_parameters, times[0], times[1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the embedders that are trained.")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--facts", type=int, default=60)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--set", action="append", default=[], metavar="NAME.OPTION=VALUE")
    arguments = parser.parse_args()
    import torch

    from harness.components.settings import parse_settings
    from harness.runs.machine import device_name

    torch.set_num_threads(1)
    settings = parse_settings(arguments.set)
    where = "one thread" if arguments.device == "cpu" else device_name(torch.device(arguments.device))
    print(f"torch {torch.__version__}, {where}, batches of {arguments.batch}")
    print(f"{'embedder':14}{'parameters':>12}{'forward [ms]':>16}{'and backward [ms]':>20}")
    for name in EMBEDDERS:
        n_parameters, forward, both = measure(name, dict(settings.get(name, {})), arguments)
        print(f"{name:14}{n_parameters:12,}{forward:16.1f}{both:20.1f}", flush=True)


if __name__ == "__main__":
    main()
