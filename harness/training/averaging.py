"""The average of a network's weights over the steps of its training."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

Network = TypeVar("Network", bound=nn.Module)


class WeightAverage(Generic[Network]):
    """An exponential moving average of the weights, which does better than the weights of the last step.

    Polyak & Juditsky 1992, SIAM J. Control Optim. 30, 838. The first steps have a smaller decay, so that the
    untrained weights are soon forgotten.

    Arguments:
        network: whose weights are averaged.
        decay: the weight of the old average at each step; at 0 the average is the network itself.
    """

    def __init__(self, network: Network, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, network: Network, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        averaged = list(self.network.parameters())
        average = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
        average(averaged, list(network.parameters()), 0)
        for mine, its in zip(self.network.buffers(), network.buffers(), strict=True):
            mine.copy_(its)
