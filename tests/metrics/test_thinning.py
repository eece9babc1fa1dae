"""Fewer weighted rows: unbiased, without duplicates, the heavy ones as they were."""

import pytest
import torch

from harness.metrics import thinned_rows


def weights_of(*shape: int, spread: float = 2.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return (spread * torch.randn(shape, generator=generator, dtype=torch.float64)).exp()


def evenly(n: int) -> torch.Tensor:
    """n numbers in [0, 1) whose mean of any function is its integral, nearly."""
    return (torch.arange(n, dtype=torch.float64) + 0.5) / n


@pytest.mark.parametrize("n", [1, 7, 40, 99])
def test_the_weight_of_every_row_is_what_it_was_in_the_mean(n):
    weights = weights_of(100)
    offsets = evenly(4000)
    rows, kept = thinned_rows(weights.expand(len(offsets), -1), n, offsets)
    mean = torch.zeros(len(offsets), 100, dtype=torch.float64).scatter_add(1, rows, kept).mean(0)
    assert torch.allclose(mean, weights / weights.sum(), atol=2e-3 / n, rtol=0.02)


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0, 20.0])
def test_no_row_is_kept_twice_and_weights_sum_to_one(spread):
    weights = weights_of(30, 200, spread=spread)
    rows, kept = thinned_rows(weights, 60, evenly(30))
    assert rows.shape == kept.shape == (30, 60)
    assert (rows.diff(dim=1) > 0).all()
    assert torch.allclose(kept.sum(1), torch.ones(30, dtype=torch.float64))


def test_rows_above_the_threshold_keep_their_weight_and_the_others_share_one():
    weights = weights_of(200)
    rows, kept = thinned_rows(weights, 50, torch.tensor(0.3))
    given = (weights / weights.sum())[rows]
    threshold = kept.min()
    heavy = given > threshold
    assert 0 < heavy.sum() < 50
    assert torch.allclose(kept[heavy], given[heavy])
    assert torch.allclose(kept[~heavy], threshold)
    assert int((weights / weights.sum() > threshold).sum()) == int(heavy.sum())


def test_rows_of_equal_weight_stay_equal():
    _, kept = thinned_rows(torch.ones(100), 30, torch.tensor(0.5))
    assert torch.allclose(kept, torch.full((30,), 1 / 30, dtype=torch.float64))


def test_few_rows_with_weight_are_all_kept_as_they_are():
    weights = torch.tensor([[0.0, 3.0, 0.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0]])
    rows, kept = thinned_rows(weights, 3, torch.tensor([0.9, 0.9]))
    found = torch.zeros(5, dtype=torch.float64).scatter_add(0, rows[0], kept[0])
    assert found.tolist() == [0, 0.75, 0, 0.25, 0]
    assert rows[0].unique().numel() == 3
    assert torch.allclose(kept[1], torch.full((3,), 1 / 3, dtype=torch.float64))


def test_as_many_rows_as_there_are_come_back_unchanged():
    weights = weights_of(40)
    rows, kept = thinned_rows(weights, 40, torch.tensor(0.7))
    assert rows.tolist() == list(range(40))
    assert torch.allclose(kept, weights / weights.sum())


def test_more_of_the_effective_sample_size_is_left_than_by_resampling():
    from harness.metrics import systematic_rows

    weights = weights_of(8000, spread=1.0)
    _, kept = thinned_rows(weights, 2000, torch.tensor(0.2))
    counts = torch.bincount(systematic_rows(weights, 2000, torch.tensor(0.2))).double()
    resampled = counts.sum().square() / counts.square().sum()
    assert 1 / kept.square().sum() > 1.05 * resampled
