"""The average of a network's weights over the steps of its training."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from harness.training.flat_weights import FlatWeights

Network = TypeVar("Network", bound=nn.Module)


class WeightAverage(Generic[Network]):
    """An exponential moving average of the weights, which does better than the weights of the last step.

    Polyak & Juditsky 1992, SIAM J. Control Optim. 30, 838. The first steps have a smaller decay, so that the
    untrained weights are soon forgotten.

    Arguments:
        network: whose weights are averaged.
        decay: the weight of the old average at each step; at 0 the average is the network itself.
        flat: the network's learned weights in one piece, where they are.
    """

    def __init__(self, network: Network, decay: float, flat: FlatWeights | None = None) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self.decay = decay
        self.mine: list[Tensor] = list(self.network.parameters())
        self.its: list[Tensor] = list(network.parameters())
        if flat is not None:
            pairs = zip(self.mine, self.its, strict=True)
            self.mine = [FlatWeights(mine for mine, its in pairs if its.requires_grad).values]
            self.its = [flat.values]
        buffers = zip(self.network.named_buffers(), network.buffers(), strict=True)
        learned = network.state_dict()  # without what a network is built with and never changes
        self.buffers = [(mine, its) for (name, mine), its in buffers if name in learned]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        torch._foreach_lerp_(self.mine, self.its, 1 - min(self.decay, (1 + step) / (10 + step)))
        for buffer, newest in self.buffers:
            buffer.copy_(newest)
