"""Observations with and without names: picked by positions and masks, joined, and seen with other noise."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.data.observations import Observations

N, W, A = 5, 3, 2


def named(n: int = N, dtype: torch.dtype = torch.float64) -> Observations:
    spectrum = torch.arange(n * W, dtype=dtype).reshape(n, W)
    ids = np.array([f"planet{i}" for i in range(n)])
    return Observations(ids, spectrum, 0.1 + spectrum / 100, torch.arange(n * A, dtype=dtype).reshape(n, A))


def nameless(n: int = N) -> Observations:
    return replace(named(n), planet_ids=None)


@pytest.mark.parametrize("seen", [named(), nameless()], ids=["named", "nameless"])
@pytest.mark.parametrize(
    "index",
    [
        torch.tensor([3, 0]),
        torch.tensor([3, 0], dtype=torch.int32),
        torch.tensor([False, True, False, False, True]),
        slice(1, 4),
        [2],
        [],
    ],
    ids=["positions", "int32", "mask", "slice", "list", "none"],
)
def test_every_kind_of_index_picks_the_same_planets(seen, index):
    rows = np.arange(N)[index.numpy() if isinstance(index, torch.Tensor) else index].astype(int)
    part = seen[index]
    assert len(part) == len(rows)
    assert part.spectrum[:, 0].tolist() == (W * rows).tolist()
    assert torch.equal(part.noise, seen.noise[torch.from_numpy(rows)])
    assert part.auxiliary[:, 0].tolist() == (A * rows).tolist()
    if seen.planet_ids is None:
        assert part.planet_ids is None
    else:
        assert part.planet_ids.tolist() == [f"planet{row}" for row in rows]


def test_a_tensor_mask_of_another_length_is_refused():
    with pytest.raises(IndexError, match="mask over 5 planets"):
        nameless()[torch.tensor([True, False])]


def test_planets_without_names_say_so_where_names_are_needed():
    assert named().names.tolist()[0] == named().title(0) == "planet0"
    assert nameless().title(2) == "number 3"
    with pytest.raises(ValueError, match="have no names"):
        _ = nameless().names


def test_joined_planets_stand_one_part_after_the_other():
    both = Observations.join([named()[[4, 2]], named()[:1]])
    assert both.names.tolist() == ["planet4", "planet2", "planet0"]
    assert torch.equal(both.spectrum, named().spectrum[[4, 2, 0]])
    assert torch.equal(both.noise, named().noise[[4, 2, 0]])
    assert torch.equal(both.auxiliary, named().auxiliary[[4, 2, 0]])
    assert Observations.join([named(), nameless()]).planet_ids is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_noise_is_drawn_by_the_generator_and_scaled_by_each_channels_sigma(dtype):
    seen = named(dtype=dtype)
    again = seen.noisy(torch.Generator().manual_seed(7))
    drawn = torch.randn(N, W, generator=torch.Generator().manual_seed(7), dtype=dtype)
    assert torch.equal(again.spectrum, seen.spectrum + seen.noise * drawn)
    assert again.noise is seen.noise
    assert again.names.tolist() == seen.names.tolist()


def test_noise_has_the_moments_of_a_gaussian():
    seen = Observations(
        None, torch.full((20000, 2), 3.0), torch.tensor([[0.5, 2.0]]).repeat(20000, 1), torch.empty(20000, 0)
    )
    off = seen.noisy(torch.Generator().manual_seed(1)).spectrum - seen.spectrum
    assert off.mean(0).tolist() == pytest.approx([0, 0], abs=0.06)  # 4 standard errors of the wider one
    assert off.std(0).tolist() == pytest.approx([0.5, 2.0], rel=0.02)
