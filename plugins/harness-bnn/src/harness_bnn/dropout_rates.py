"""The dropout rates of trained networks."""

from __future__ import annotations

from pathlib import Path

from harness.training import TrainedNetworks
from harness_bnn.dropout import ConcreteDropoutLinear, DropoutLinear
from harness_bnn.stochastic_density import StochasticDensity


def dropout_rates(trained: TrainedNetworks) -> list[list[float]]:
    """The dropout rates of each member, from the first layer that has one to the last."""
    return [
        [
            float(layer.rate)
            for layer in member.density.trunk.layers
            if isinstance(layer, ConcreteDropoutLinear | DropoutLinear)
        ]
        for member in trained.members
        if isinstance(member.density, StochasticDensity)
    ]


def write_dropout_rates(trained: TrainedNetworks, directory: Path) -> None:
    """Write them as `dropout_rates.csv`."""
    lines = ["member,layer,rate"]
    for member, rates in enumerate(dropout_rates(trained), start=1):
        lines += [f"{member},{layer},{rate:.6g}" for layer, rate in enumerate(rates, start=1)]
    (directory / "dropout_rates.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
