"""Which planets of an Ariel 2023 directory are learned from, and which are scored on."""

import shutil
from pathlib import Path

import pytest

from harness.challenges import Split, load
from harness.components import Challenge
from harness.errors import HarnessError

TRUTH = "Ground Truth Package"


def ids(split: Split) -> list[str]:
    return split.observations.planet_ids.tolist()


def give_test_planets_a_truth(release: Path) -> None:
    """Make the training folder the test folder too."""
    shutil.rmtree(release / "TestData")
    shutil.copytree(release / "TrainingData", release / "TestData")


def load_with(release: Path, **options: object) -> Challenge:
    return load(f"ariel2023:{release}", options)


def test_test_planets_without_truth_are_unlabelled(release: Path) -> None:
    challenge = load_with(release)
    assert ids(challenge.splits["unlabelled"]) == ["test1", "test2", "test3", "test4"]
    assert challenge.splits["unlabelled"].truth.parameters is None
    assert any("TestData has no truth" in note for note in challenge.notes)


def test_the_splits_divide_the_training_planets(release: Path) -> None:
    challenge = load_with(release, test_fraction=0.3, valid_fraction=0.3)
    divided = [planet for name in ("train", "valid", "test") for planet in ids(challenge.splits[name])]
    assert sorted(divided) == sorted(f"train{i + 1}" for i in range(20))


def test_planets_held_out_for_scoring_have_a_trace(release: Path) -> None:
    test = load_with(release, test_fraction=0.5).test
    assert test.truth.n_traces == len(test) == 4


def test_a_split_keeps_the_order_of_the_table(release: Path) -> None:
    train = ids(load_with(release).train)
    assert train == sorted(train, key=lambda planet: int(planet.removeprefix("train")))


def test_the_same_seed_holds_out_the_same_planets_and_another_seed_others(release: Path) -> None:
    first, again = load_with(release, valid_fraction=0.5), load_with(release, valid_fraction=0.5)
    other = load_with(release, valid_fraction=0.5, split_seed=1)
    assert ids(first.valid) == ids(again.valid) != ids(other.valid)
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_a_directory_without_test_planets_is_held_out_likewise(release: Path) -> None:
    before = ids(load_with(release).test)
    shutil.rmtree(release / "TestData")
    challenge = load_with(release)
    assert ids(challenge.test) == before
    assert "unlabelled" not in challenge.splits
    assert any("TestData is missing" in note for note in challenge.notes)


def test_test_planets_with_a_truth_are_scored_on(release: Path) -> None:
    give_test_planets_a_truth(release)
    challenge = load_with(release)
    assert len(challenge.test) == len(challenge.train) + len(challenge.valid) == 20
    assert "unlabelled" not in challenge.splits


def test_an_option_without_effect_is_refused(release: Path) -> None:
    give_test_planets_a_truth(release)
    with pytest.raises(HarnessError, match="'test_fraction' has no effect"):
        _ = load_with(release, test_fraction=0.2).splits


def test_no_planet_need_be_set_aside_for_validation(release: Path) -> None:
    assert len(load_with(release, valid_fraction=0).valid) == 0


def test_a_directory_that_leaves_nothing_to_learn_from_is_refused(tmp_path: Path, release: Path) -> None:
    with pytest.raises(HarnessError, match="leaves no planet for 'train'"):
        _ = load_with(release, test_fraction=0.99, valid_fraction=0.99).splits


def test_a_path_is_needed() -> None:
    with pytest.raises(HarnessError, match="ariel2023:PATH"):
        load("ariel2023")


def test_a_table_of_splits_is_followed(release: Path) -> None:
    rows = [f"train{i + 1},{'test' if i < 5 else 'train'}" for i in range(20)]
    (release / "TrainingData" / "Splits.csv").write_text("\n".join(["planet_ID,split", *rows]) + "\n")
    challenge = load_with(release)
    assert ids(challenge.test) == [f"train{i + 1}" for i in range(5)]
    assert len(challenge.valid) == 0
    with pytest.raises(HarnessError, match="'split_seed' has no effect"):
        _ = load_with(release, split_seed=1).splits


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["train1,train"], "differ in planet train10"),
        (
            [f"train{i + 1},learn" for i in range(20)],
            "train1: split is 'learn'; expected train or valid or test",
        ),
        ([f"train{i // 2 + 1},train" for i in range(20)], "lists a planet twice"),
    ],
)
def test_a_table_of_splits_that_does_not_fit_is_refused(release: Path, rows: list[str], message: str) -> None:
    (release / "TrainingData" / "Splits.csv").write_text("\n".join(["planet_ID,split", *rows]) + "\n")
    with pytest.raises(HarnessError, match=message):
        _ = load_with(release).splits
