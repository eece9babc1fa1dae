"""How well a number tells one kind of planet from another."""

from __future__ import annotations

import pytest
import torch

from harness.metrics import detection, placements


def draws(n: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + shift


def test_placements_are_shares_and_ties_count_half() -> None:
    of_strange, of_quiet = placements(torch.tensor([1.0, 2.0]), torch.tensor([2.0, 3.0, 0.0]))
    assert of_strange.tolist() == [0.75, 1.0, 0.0]
    assert of_quiet.tolist() == pytest.approx([2 / 3, (0.5 + 1) / 3])


def test_both_means_are_the_area_under_the_curve() -> None:
    # of two normals a standard deviation apart it is Phi(1 / sqrt 2)
    of_strange, of_quiet = placements(draws(4000, 1), draws(3000, 2, shift=1.0))
    assert float(of_strange.mean()) == pytest.approx(float(of_quiet.mean()))
    assert float(of_strange.mean()) == pytest.approx(0.7602, abs=0.02)


def test_detection_is_the_share_found_where_so_many_of_the_quiet_alarm() -> None:
    quiet = torch.arange(100.0)
    value, error = detection(quiet, torch.tensor([94.0, 94.5, 97.0, 200.0]), 0.05)
    assert value == 0.75  # five of the quiet ones are above 94
    assert 0 < error < 0.5


def test_its_error_is_the_spread_over_planets() -> None:
    values = [detection(draws(100, seed), draws(30, 1000 + seed, shift=2.0), 0.05)[0] for seed in range(100)]
    _, error = detection(draws(100, 0), draws(30, 1000, shift=2.0), 0.05)
    assert error == pytest.approx(float(torch.tensor(values).std()), rel=0.4)


def test_where_everything_is_alike_nothing_is_found() -> None:
    assert detection(torch.ones(40), torch.ones(10), 0.05) == (0.0, 0.0)
