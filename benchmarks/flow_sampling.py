"""How fast conditional densities train and sample, beside zuko's flows and lampe's flow matching.

    python benchmarks/flow_sampling.py [--device cpu|cuda] [--flow unaf ...] [--planets 128] [--samples 2000]
                                       [--peer-samples 2000] [--threads 2] [--json]

Each density, at its default size for 7 parameters and 64 context features, is first trained for a moment on
a bent distribution, so that its transformations are not trivial. Then it draws `samples` for each of
`planets`. A peer of the same class and size, whose inversion takes equally long whatever its weights, draws
`peer-samples` for one planet. Seconds are of the process and wall clock; round trip is the largest
|f(f^-1(z)) - z| over 20,000 of the draws. A training step is forward, backward and Adam on 512 pairs.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from typing import Any

import torch
import zuko
from harness_npe.flows import DENSITIES, ConditionalDensity, build_density
from harness_npe.flows.autoregressive import Flow
from harness_npe.flows.monotone import MonotoneNetwork
from harness_npe.flows.univariate import Scaled, Spline, Univariate
from lampe.inference import FMPE, FMPELoss
from lampe.nn import ResMLP
from torch import Tensor, nn

PARAMETERS, CONTEXT, PAIRS = 7, 64, 512
WARM_UP, SHAPING, TIMED = 3, 60, 10  # training steps


def timed(work: Callable[[], Any], device: str) -> dict[str, float]:
    """Seconds of the wall clock and of this process."""
    if device == "cuda":
        torch.cuda.synchronize()
    wall, process = time.perf_counter(), time.process_time()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return {"wall_s": time.perf_counter() - wall, "process_s": time.process_time() - process}


def trainer(module: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], device: str) -> Callable[[], None]:
    """A step of training on a bent, skewed distribution that depends on the context."""
    optimiser = torch.optim.Adam(module.parameters(), lr=2e-3)
    normal = torch.randn(PAIRS, PARAMETERS, device=device)
    context = torch.randn(PAIRS, CONTEXT, device=device, requires_grad=True)
    bent = normal + 0.5 * normal.roll(1, dims=1) ** 2
    theta = (0.1 * bent + context[:, :PARAMETERS]).detach()

    def step() -> None:
        optimiser.zero_grad()
        loss(theta, context).backward()
        optimiser.step()

    return step


def milliseconds_per_step(step: Callable[[], None], device: str) -> float:
    for _ in range(WARM_UP):
        step()
    kind = "wall_s" if device == "cuda" else "process_s"
    return 1e3 * min(timed(step, device)[kind] for _ in range(TIMED))


def peer_of(name: str, built: ConditionalDensity) -> nn.Module:
    """The flow of zuko or lampe of the same class and size."""
    common = {"hidden_features": (128, 128), "activation": nn.ELU}
    if not isinstance(built, Flow):
        widths = [layer.out_features for layer in built.field.network if isinstance(layer, nn.Linear)]
        hidden = (built.field.from_theta.out_features,) * (len(widths) + 2)
        return FMPE(PARAMETERS, CONTEXT, build=ResMLP, hidden_features=hidden, activation=nn.ELU)
    common["transforms"] = len(built.layers)
    shape: Univariate = built.layers[0].univariate
    shape = shape.shape if isinstance(shape, Scaled) else shape
    if isinstance(shape, Spline):
        passes = 2 if name == "nsf-coupling" else None
        return zuko.flows.NSF(PARAMETERS, CONTEXT, bins=shape.bins, passes=passes, **common)
    if isinstance(shape, MonotoneNetwork):
        kind = zuko.flows.UNAF if name == "unaf" else zuko.flows.NAF
        network = {"hidden_features": [layer.out_features for layer in list(shape.network)[:-1:2]]}
        return kind(PARAMETERS, CONTEXT, network=network, **common)
    return zuko.flows.MAF(PARAMETERS, CONTEXT, **common)


def round_trip(built: ConditionalDensity, context: Tensor) -> float | None:
    if not isinstance(built, Flow):
        return None
    rows = max(1, 20_000 // len(context))
    samples = built.sample(context, rows, torch.Generator().manual_seed(1))
    noise = torch.randn(samples.shape, generator=torch.Generator().manual_seed(1)).to(samples)
    with torch.no_grad():
        pieces = zip(samples.split(4), noise.split(4), context[:, None].split(4), strict=True)
        return max((built.noise(x, c)[0] - z).abs().max().item() for x, z, c in pieces)


def measure(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    device = arguments.device
    torch.manual_seed(0)
    built = build_density(name, PARAMETERS, CONTEXT).to(device)
    step = trainer(built, lambda theta, context: built.loss(theta, context).mean(), device)
    per_step = milliseconds_per_step(step, device)
    for _ in range(SHAPING):
        step()
    built.eval()
    context = torch.randn(arguments.planets, CONTEXT, device=device)
    built.sample(context[:2], 10)
    ours = timed(lambda: built.sample(context, arguments.samples), device)

    peer = peer_of(name, built).to(device)
    peer_loss = FMPELoss(peer) if isinstance(peer, FMPE) else lambda t, c: -peer(c).log_prob(t).mean()
    peer_step = milliseconds_per_step(trainer(peer, peer_loss, device), device)
    peer.eval()
    distribution = peer.flow if isinstance(peer, FMPE) else peer
    few = (arguments.peer_samples,)
    with torch.no_grad():
        distribution(context[:1]).sample((10,))
        theirs = timed(lambda: distribution(context[:1]).sample(few), device)
    rows = arguments.planets * arguments.samples
    return {
        "flow": name,
        "weights": sum(weights.numel() for weights in built.parameters()),
        "step_ms": per_step,
        "peer_step_ms": peer_step,
        "rows": rows,
        **{f"sample_{unit}": seconds for unit, seconds in ours.items()},
        "row_us": 1e6 * ours["process_s"] / rows,
        "peer_row_us": 1e6 * theirs["process_s"] / arguments.peer_samples,
        "round_trip": round_trip(built, context),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--flow", nargs="+", default=list(DENSITIES), choices=list(DENSITIES))
    parser.add_argument("--planets", type=int, default=128)
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--peer-samples", type=int, default=2_000)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    machine = torch.cuda.get_device_name() if arguments.device == "cuda" else platform.processor() or "cpu"
    if not arguments.json:
        print(f"{machine}, {torch.get_num_threads()} threads, torch {torch.__version__}")
        print(
            "flow          weights  step [ms]  peer's  sample [s]  process [s]  row [us]  peer's   round trip"
        )
    for name in arguments.flow:
        row = measure(name, arguments)
        if arguments.json:
            print(json.dumps({"machine": machine, "threads": torch.get_num_threads(), **row}), flush=True)
            continue
        trip = "-" if row["round_trip"] is None else f"{row['round_trip']:.1e}"
        print(
            f"{name:13} {row['weights']:8} {row['step_ms']:10.1f} {row['peer_step_ms']:7.1f} "
            f"{row['sample_wall_s']:12.2f} {row['sample_process_s']:12.2f} {row['row_us']:10.1f} "
            f"{row['peer_row_us']:7.0f} {trip:>12}",
            flush=True,
        )


if __name__ == "__main__":
    main()
