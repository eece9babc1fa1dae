"""p-values by rank: what they promise, whatever the statistic."""

from __future__ import annotations

import pytest
import torch

from harness.alarm.ranks import least_p_values, rank_p_values


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


@pytest.mark.parametrize(("distances", "chi_squares"), [(19, 19), (30, 30), (60, 60), (200, 40)])
def test_several_statistics_together_keep_what_a_p_value_promises(distances: int, chi_squares: int) -> None:
    generator = torch.Generator().manual_seed(1)
    shares = []
    for _ in range(200):
        held = torch.randn(distances, generator=generator), torch.randn(chi_squares, generator=generator)
        asked = torch.randn(2, 30, generator=generator)
        shares.append(least_p_values(tuple(asked), held) <= 0.05)
    assert 0.02 < float(torch.cat(shares).double().mean()) < 0.06


def test_together_each_is_ranked_as_its_definition_says() -> None:
    generator = torch.Generator().manual_seed(2)
    held = torch.randn(2, 12, generator=generator).round(decimals=1)  # with ties
    held = held[0], held[1, :7]
    asked = torch.randn(2, 9, generator=generator).round(decimals=1)
    expected = []
    for one in asked.T:
        strange = []
        for j in [None, *range(7)]:
            p_values = []
            for value, others in zip(one, held, strict=True):
                everybody = torch.cat([value[None], others])
                own = value if j is None else others[j]
                p_values.append(float((everybody >= own).double().mean()))
            strange.append((min(p_values), round(sum(p_values), 9)))
        expected.append(sum(other <= strange[0] for other in strange) / 8)
    torch.testing.assert_close(least_p_values(tuple(asked), held), torch.tensor(expected).double())
