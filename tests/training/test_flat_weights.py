"""Weights in one piece: a training goes as it would with each apart."""

from __future__ import annotations

import torch
from torch import nn

from harness.training.flat_weights import FlatWeights


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 3), nn.SiLU(), nn.Linear(3, 7, bias=False))


def test_an_optimiser_of_the_whole_does_what_one_of_the_parts_does():
    apart, together = network(), network()
    flat = FlatWeights(together.parameters())
    flat.gather_gradients()
    optimisers = [torch.optim.AdamW(what, lr=0.1) for what in (apart.parameters(), [flat.values])]
    features = torch.randn(4, 5)
    for _ in range(3):
        for one, optimiser in zip((apart, together), optimisers, strict=True):
            optimiser.zero_grad(set_to_none=False)
            one(features).square().sum().backward()
            optimiser.step()
    for name, value in apart.state_dict().items():
        torch.testing.assert_close(together.state_dict()[name], value)


def test_weights_go_on_in_other_memory_and_then_each_by_itself():
    moved, before = network(), network()
    flat = FlatWeights(moved.parameters())
    memory = torch.empty_like(flat.values)
    flat.move(memory)
    memory.mul_(2)
    flat.release()
    memory.zero_()
    for name, value in before.state_dict().items():
        torch.testing.assert_close(moved.state_dict()[name], 2 * value)
