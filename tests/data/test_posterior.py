"""Posteriors of several planets."""

import torch

from harness.data.posterior import Posterior


def test_joined_posteriors_stand_one_part_after_the_other():
    samples = torch.arange(24.0).reshape(4, 3, 2)
    whole = Posterior(samples, torch.softmax(samples.sum(-1), dim=1))
    both = Posterior.join([whole[[3]], whole[:2]])
    assert torch.equal(both.samples, samples[[3, 0, 1]])
    assert torch.equal(both.weights, whole.weights[[3, 0, 1]])
