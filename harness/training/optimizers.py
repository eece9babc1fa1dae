"""By which rules the weights of a network descend."""

from __future__ import annotations

from typing import Literal

import torch

from harness.training.flat_weights import FlatWeights
from harness.training.muon import Muon

Rule = Literal["adamw", "muon"]


def optimizers_of(
    flat: FlatWeights, rule: Rule, rate: float, weight_decay: float
) -> list[torch.optim.Optimizer]:
    """Optimisers, each of a part of the weights.

    Arguments:
        flat: the weights.
        rule: "adamw" for all, or "muon" for matrices and AdamW for the others.
        rate: learning rate, which is meant for either.
        weight_decay: of each of them.
    """
    others = flat.rest if rule == "muon" else flat.values
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW([others], lr=rate, weight_decay=weight_decay, fused=True)
    ]
    if rule == "muon" and flat.matrices:  # a network may have none
        optimizers.append(Muon(flat.matrices, rate, weight_decay))
    return optimizers
