"""An alarm on a challenge whose spectra are known exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from harness.alarm import Alarm
from harness.alarm.alarm import as_observed
from harness.challenges import load
from harness.challenges.toy import Toy
from harness.data.alarms import Alarms
from harness.data.observations import Observations
from harness.errors import HarnessError
from harness.files.tensors import read_tensors, write_tensors


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy.create({"train": 1200, "valid": 400, "test": 200, "rows": 1200, "traced": 0}, name="toy")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def no_chi_square(observations: Observations) -> Tensor | None:
    return None


def first_channel(observations: Observations) -> Tensor:
    """A statistic that looks at one channel only."""
    return (observations.spectrum[:, 0] / observations.noise[:, 0]).abs().double()


@pytest.fixture(scope="module")
def alarm(toy: Toy) -> Alarm:
    return fitted(toy)


def fitted(toy: Toy) -> Alarm:
    return Alarm.fit(toy.train.observations, toy.valid.observations, toy.schema, generator(), no_chi_square)


@pytest.fixture(scope="module")
def seen(toy: Toy) -> Observations:
    return as_observed(toy.test.observations, toy.schema, generator(1))


def strange(observations: Observations) -> Observations:
    """A zigzag of two standard deviations, which no atmosphere of the challenge makes."""
    zigzag = torch.where(torch.arange(observations.spectrum.shape[1]) % 2 == 0, 2.0, -2.0)
    return replace(observations, spectrum=observations.spectrum + zigzag * observations.noise)


def share(alarms: Alarms) -> float:
    return alarms.raised / len(alarms.p_value)


def test_planets_like_the_training_planets_alarm_as_often_as_it_says(
    alarm: Alarm, seen: Observations
) -> None:
    assert share(alarm.judge(seen, no_chi_square)) < 0.12


def test_spectra_of_another_kind_alarm(alarm: Alarm, seen: Observations) -> None:
    assert share(alarm.judge(strange(seen), no_chi_square)) > 0.95


def test_without_a_chi_square_the_p_value_is_that_of_the_distance(alarm: Alarm, seen: Observations) -> None:
    found = alarm.judge(seen, first_channel)  # was not fitted with one, and so does not ask
    assert found.chi_square is None
    assert list(found.columns()) == ["p_value", "distance", "distance_p_value"]
    torch.testing.assert_close(found.p_value, found.distance_p_value)


def test_both_statistics_together_alarm_as_often_as_they_say_and_see_what_either_sees(
    toy: Toy, seen: Observations
) -> None:
    train, valid = toy.train.observations, toy.valid.observations
    both = Alarm.fit(train, valid, toy.schema, generator(), first_channel)
    assert share(both.judge(seen, first_channel)) < 0.12
    assert share(both.judge(strange(seen), first_channel)) > 0.9
    shown = both.judge(seen, lambda some: torch.full((len(some),), torch.inf))
    assert share(shown) > 0.9  # by the chi-square alone
    assert shown.chi_square_p_value is not None


def test_it_is_the_same_after_saving_and_is_small(
    alarm: Alarm, seen: Observations, toy: Toy, tmp_path: Path
) -> None:
    path = tmp_path / "alarm.safetensors"
    alarm.save(path)
    assert path.stat().st_size < 1e6
    again = Alarm.load(path, toy.schema).judge(seen, no_chi_square)
    torch.testing.assert_close(again.distance, alarm.judge(seen, no_chi_square).distance)


def test_one_seed_gives_one_alarm(alarm: Alarm, toy: Toy) -> None:
    assert torch.equal(fitted(toy).held_distances, alarm.held_distances)


def test_without_validation_planets_training_planets_are_held_out(toy: Toy, seen: Observations) -> None:
    train = toy.train.observations
    found = Alarm.fit(train, train[:0], toy.schema, generator(), no_chi_square)
    assert len(found.held_distances) == len(train) // 3
    assert len(found.distance.spectra) == len(train) - len(train) // 3
    assert share(found.judge(seen, no_chi_square)) < 0.12


def test_two_training_planets_are_enough_to_say_nothing(toy: Toy, seen: Observations) -> None:
    train = toy.train.observations[:2]
    found = Alarm.fit(train, train[:0], toy.schema, generator(), no_chi_square)
    assert found.judge(strange(seen), no_chi_square).raised == 0


def test_noise_is_drawn_only_onto_spectra_that_have_none(toy: Toy) -> None:
    observations = toy.test.observations
    carrying = toy.schema.model_copy(update={"noise_included": True})
    assert torch.equal(as_observed(observations, carrying, generator()).spectrum, observations.spectrum)
    drawn = as_observed(observations, toy.schema, generator())
    assert not torch.equal(drawn.spectrum, observations.spectrum)


@pytest.mark.parametrize(
    "change",
    [
        {"spectra": torch.zeros(5, 3)},
        {"held_distances": torch.zeros(2, 2)},
        {"held_chi_squares": torch.zeros(2000)},
        {"spectra": None},
    ],
)
def test_a_file_that_is_not_one_is_refused(
    alarm: Alarm, toy: Toy, tmp_path: Path, change: dict[str, Tensor | None]
) -> None:
    path = tmp_path / "alarm.safetensors"
    alarm.save(path)
    tensors = {**read_tensors(path), **change}
    write_tensors(path, {name: tensor for name, tensor in tensors.items() if tensor is not None})
    with pytest.raises(HarnessError, match=r"damaged or of other channels .*; run it again\."):
        Alarm.load(path, toy.schema)


def test_planets_with_the_same_air_look_alike_where_star_and_mass_are_known() -> None:
    mini = load("ariel-mini")
    some = mini.train.observations[:400]
    alarm = Alarm.fit(some, mini.valid.observations[:150], mini.schema, generator(), no_chi_square)
    seen = as_observed(mini.test.observations[:20], mini.schema, generator(1))
    star = mini.schema.auxiliary_names.index("star_radius_m")
    larger = seen.auxiliary.clone()
    larger[:, star] *= 2  # the same depths are then another planet's, with fewer scale heights in them
    first, second = (alarm.distance(one) for one in (seen, replace(seen, auxiliary=larger)))
    assert not torch.allclose(first, second)


def test_depths_below_none_are_far_from_any_spectrum() -> None:
    mini = load("ariel-mini")
    train, valid = mini.train.observations[:400], mini.valid.observations[:150]
    alarm = Alarm.fit(train, valid, mini.schema, generator(), no_chi_square)
    seen = as_observed(mini.test.observations[:3], mini.schema, generator())
    assert alarm.judge(replace(seen, spectrum=-seen.spectrum), no_chi_square).raised == 3
    one = seen.spectrum.clone()
    one[:, 7] = -20 * seen.noise[:, 7]
    assert alarm.judge(replace(seen, spectrum=one), no_chi_square).raised == 3
