"""p-values by rank: what they promise, whatever the statistic."""

from __future__ import annotations

import torch

from harness.alarm.ranks import least, rank_p_values


def test_a_p_value_is_the_share_of_held_out_planets_that_are_as_strange() -> None:
    held_out = torch.tensor([3.0, 1.0, 2.0, 4.0])
    found = rank_p_values(torch.tensor([0.0, 1.0, 2.5, 4.0, 9.0]), held_out)
    torch.testing.assert_close(found, torch.tensor([5, 5, 3, 2, 1], dtype=torch.float64) / 5)


def test_what_cannot_be_computed_is_the_strangest() -> None:
    found = rank_p_values(torch.tensor([torch.nan, torch.inf]), torch.tensor([1.0, torch.inf, torch.nan]))
    torch.testing.assert_close(found, torch.full((2,), 0.75, dtype=torch.float64))


def test_with_nobody_to_rank_among_nothing_alarms() -> None:
    assert rank_p_values(torch.tensor([1e9]), torch.empty(0)).tolist() == [1.0]


def test_of_planets_like_those_held_out_five_in_a_hundred_have_one_of_five_per_cent() -> None:
    generator = torch.Generator().manual_seed(1)
    held_out, others = (torch.randn(n, generator=generator).exp() for n in (999, 4000))
    share = float((rank_p_values(others, held_out) <= 0.05).double().mean())
    assert 0.03 < share < 0.07


def test_planets_are_as_strange_as_the_least_of_their_p_values_says() -> None:
    first, second = torch.tensor([0.5, 0.01, 0.3]), torch.tensor([0.2, 0.9, 0.3])
    assert least(first, second).argsort().tolist() == [2, 0, 1]
