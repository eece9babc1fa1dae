"""Test planets of several kinds are scored apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.challenges import Split
from harness.challenges.toy import Toy
from harness.data.fingerprint import fingerprint
from harness.data.posterior import Posterior
from harness.runs.assembly import Choice
from harness.runs.scoring import score_all

SCORERS = ("ariel", "ariel-official", "r2", "rmse", "crps", "coverage")


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy.create({"train": 50, "valid": 0, "test": 12, "rows": 1200}, name="toy")


@pytest.fixture(scope="module")
def prediction(toy: Toy) -> Posterior:
    generator = torch.Generator().manual_seed(1)
    rows = torch.randint(len(toy.train), (len(toy.test), 1000), generator=generator)
    return Posterior.equal(toy.train.parameters[rows])


def partitioned(split: Split, *labels: str) -> Split:
    return replace(split, partition=np.array(labels))


@pytest.mark.parametrize("name", SCORERS)
def test_each_partition_has_the_score_of_its_planets_alone(
    toy: Toy, prediction: Posterior, name: str
) -> None:
    labels = ["matched"] * 7 + ["clouds"] * 5
    split = partitioned(toy.test, *labels)
    choice = Choice.of("scorer", name)
    ((record, score),) = score_all([choice], prediction, split, toy)
    for label, rows in (("matched", slice(0, 7)), ("clouds", slice(7, 12))):
        alone = toy.test[rows]
        expected = choice.build().score(prediction[rows], alone.truth, toy.on(alone))
        assert record.partitions[label].value == pytest.approx(expected.value)
        torch.testing.assert_close(score.per_planet[rows], expected.per_planet.double())
    assert record.value == record.partitions["matched"].value
    assert record.n_planets == 7


def test_without_a_matched_partition_the_score_is_that_of_all_planets(
    toy: Toy, prediction: Posterior
) -> None:
    choice = [Choice.of("scorer", "crps")]
    ((whole, _),) = score_all(choice, prediction, toy.test, toy)
    ((record, _),) = score_all(choice, prediction, partitioned(toy.test, *"aaaaaabbbbbb"), toy)
    assert record.value == whole.value
    assert whole.partitions == {}
    assert set(record.partitions) == {"a", "b"}


def test_the_partition_is_part_of_the_fingerprint(toy: Toy) -> None:
    first = {**toy.splits, "test": partitioned(toy.test, *"aaaaaabbbbbb")}
    second = {**toy.splits, "test": partitioned(toy.test, *"aaaaaaabbbbb")}
    assert len({fingerprint(toy.schema, splits) for splits in (toy.splits, first, second)}) == 3


def test_a_subset_keeps_its_labels(toy: Toy) -> None:
    split = partitioned(toy.test, *"abcdefghijkl")[[3, 1]]
    assert split.partition is not None
    assert split.partition.tolist() == ["d", "b"]
