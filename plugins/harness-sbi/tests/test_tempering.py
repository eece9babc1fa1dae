"""Sequential Monte Carlo, on densities that are known."""

import torch
from harness_sbi.tempering import tempered

SPREAD = 1.5


def normal_log_prob(theta: torch.Tensor, mean: torch.Tensor, spread: torch.Tensor) -> torch.Tensor:
    return torch.distributions.Normal(mean, spread).log_prob(theta).sum(-1)


def drawn(target, planets: int, n: int = 1500, parameters: int = 3) -> torch.Tensor:
    """Draws of `target`, a log density of (B, n, P), by way of its ratio to the reference."""
    torch.manual_seed(0)
    reference = torch.zeros(()), torch.tensor(SPREAD)
    start = SPREAD * torch.randn(planets, n, parameters)
    return tempered(lambda theta: target(theta) - normal_log_prob(theta, *reference), start, SPREAD)


def test_narrow_and_wide_posteriors_are_drawn_together():
    mean = torch.tensor([[1.0, -2.0, 0.5], [0.0, 0.3, 0.0]])[:, None]
    spread = torch.tensor([[0.02, 0.5, 0.1], [1.0, 0.7, 1.2]])[:, None]
    samples = drawn(lambda theta: normal_log_prob(theta, mean, spread), planets=2)
    assert (((samples.mean(1) - mean[:, 0]) / spread[:, 0]).abs() < 0.15).all()
    assert ((samples.std(1) / spread[:, 0] - 1).abs() < 0.15).all()


def test_two_humps_keep_their_shares():
    def target(theta):
        left = (
            normal_log_prob(theta, torch.full((3,), -1.0), torch.full((3,), 0.1)) + torch.tensor(0.25).log()
        )
        right = (
            normal_log_prob(theta, torch.full((3,), 1.0), torch.full((3,), 0.1)) + torch.tensor(0.75).log()
        )
        return torch.logaddexp(left, right)

    samples = drawn(target, planets=4)
    assert ((samples[..., 0].abs() - 1).abs() < 0.5).all()
    assert abs(float((samples[..., 0] > 0).double().mean()) - 0.75) < 0.08


def test_a_ratio_that_says_nothing_leaves_the_reference():
    torch.manual_seed(0)
    start = SPREAD * torch.randn(2, 1000, 2)
    samples = tempered(lambda theta: torch.zeros(theta.shape[:2]), start, SPREAD)
    assert abs(float(samples.std()) / SPREAD - 1) < 0.1
