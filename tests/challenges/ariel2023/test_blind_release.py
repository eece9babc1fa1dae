"""An organiser keeps the truth of the test planets; everybody else can still run, and submit."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from harness.challenges import load
from harness.data.record import RunRecord

Invoke = Callable[..., Result]

TRUTH = "TestData/Ground Truth Package"


@pytest.fixture
def organiser(invoke: Invoke, tmp_path: Path) -> Path:
    """A simulated challenge with its truth."""
    folder = tmp_path / "my-challenge"
    result = invoke("simulate", folder, "--planets", "60", "--test", "4")
    assert result.exit_code == 0, result.stderr
    return folder


@pytest.fixture
def published(organiser: Path) -> Path:
    """The same without the truth of its test planets."""
    folder = organiser.with_name("published")
    shutil.copytree(organiser, folder)
    shutil.rmtree(folder / TRUTH)
    return folder


def test_planets_to_be_scored_on_are_held_out_of_those_for_training(organiser: Path, published: Path) -> None:
    whole, blind = load(f"ariel2023:{organiser}"), load(f"ariel2023:{published}", {"test_fraction": 0.5})
    train, valid, test = ({*blind.splits[name].observations.names} for name in ("train", "valid", "test"))
    assert train | test == {*whole.train.observations.names}
    assert len(test) == len(train) == 27
    assert valid == {*whole.valid.observations.names}
    unlabelled = blind.splits["unlabelled"]
    assert [*unlabelled.observations.names] == [*whole.test.observations.names]
    assert unlabelled.truth.parameters is None


def test_a_submission_for_the_published_challenge_is_scored_by_the_organiser(
    invoke: Invoke, organiser: Path, published: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(published.parent)
    result = invoke("run", "-c", "ariel2023:published", "-e", "nearest", "-s", "r2")
    assert result.exit_code == 0, result.stderr
    (path,) = home.glob("runs/*/record.json")
    assert RunRecord.read(path).challenge.spec == f"ariel2023:{published}"
    (elsewhere := published.parent / "elsewhere").mkdir()
    monkeypatch.chdir(elsewhere)
    assert invoke("submit", "latest", "-o", "answer.hdf5", "--split", "unlabelled").exit_code == 0
    scored = invoke("score", "answer.hdf5", "-c", f"ariel2023:{organiser}", "-s", "r2", "--json")
    assert scored.exit_code == 0, scored.stderr
    assert json.loads(scored.stdout)["scores"][0]["n_planets"] == 4


def test_a_run_whose_challenge_was_moved_says_how_to_name_it(
    invoke: Invoke, published: Path, home: Path, tmp_path: Path
) -> None:
    assert invoke("run", "-c", f"ariel2023:{published}", "-e", "nearest", "-s", "r2").exit_code == 0
    moved = published.rename(tmp_path / "moved")
    words = ("submit", "latest", "-o", tmp_path / "answer.hdf5", "--split", "unlabelled")
    result = invoke(*words)
    assert result.exit_code == 2
    assert "say with --challenge where the data of the run lie now" in result.stderr
    assert invoke(*words, "--challenge", f"ariel2023:{moved}").exit_code == 0


def test_a_directory_of_opacities_is_recorded_as_it_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.challenges.ariel2023.challenge import Ariel2023

    monkeypatch.chdir(tmp_path)
    os.mkdir("tables")
    options = {
        given: Ariel2023.Options(opacities=given).opacities for given in ("tables", "built-in", "none")
    }
    assert options == {"tables": str(tmp_path / "tables"), "built-in": "built-in", "none": "none"}
