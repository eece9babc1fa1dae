"""The average of a network's weights over its steps."""

import pytest
import torch
from torch import nn

from harness.training.averaging import WeightAverage


def test_with_no_decay_it_follows_the_network():
    network = nn.Linear(1, 1, bias=False)
    average = WeightAverage(network, 0.0)
    for step, weight in enumerate([3.0, 5.0, -2.0]):
        nn.init.constant_(network.weight, weight)
        average.update(step)
        assert float(average.network.weight) == weight


def test_early_steps_forget_faster_than_the_decay_says():
    """The first step keeps a tenth of the untrained weights, the second two elevenths of that average."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 10.0)
    average = WeightAverage(network, 0.995)
    for step, (weight, expected) in enumerate([(3.0, 0.1 * 10 + 0.9 * 3), (5.0, 2 / 11 * 3.7 + 9 / 11 * 5)]):
        nn.init.constant_(network.weight, weight)
        average.update(step)
        assert float(average.network.weight) == pytest.approx(expected)


def test_late_steps_keep_what_the_decay_says():
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 10.0)
    average = WeightAverage(network, 0.9)
    nn.init.constant_(network.weight, 0.0)
    average.update(1000)
    assert float(average.network.weight) == pytest.approx(9.0)


def test_it_is_a_network_of_its_own_that_is_never_trained():
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    average = WeightAverage(network, 0.9)
    network(torch.randn(8, 2))
    average.update(0)
    assert torch.equal(average.network[1].running_mean, network[1].running_mean)
    assert not average.network.training
    assert not any(weight.requires_grad for weight in average.network.parameters())
    assert all(weight.requires_grad for weight in network.parameters())
