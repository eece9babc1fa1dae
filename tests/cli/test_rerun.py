"""`harness rerun`: the same run from its record."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from harness.data.record import RunRecord
from harness.runs.one_run import run

Invoke = Callable[..., Result]
SETTINGS = {"challenge": {"train": 200, "valid": 50, "test": 8, "rows": 100}, "estimator": {"k": 7}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunRecord]:
    """A home with one run whose challenge, estimator and scorer have options, and the run's record."""
    home = tmp_path_factory.mktemp("made")
    scorers = {"ddks": {"points": 32}}
    record = run(
        "nearest",
        "toy",
        scorers=("r2", "ddks"),
        seed=3,
        samples=1000,
        device="cpu",
        settings={**SETTINGS, **scorers},
        home=home,
        quiet=True,
    )
    return home, record


@pytest.fixture
def folder(made: tuple[Path, RunRecord], home: Path) -> Path:
    shutil.copytree(made[0] / "runs", home / "runs")
    return home / made[1].artifacts


def change_record(folder: Path, change: Callable[[dict], None]) -> Path:
    path = folder / "record.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))
    return path


def test_the_same_run_has_the_same_samples_and_scores(invoke: Invoke, home: Path, folder: Path) -> None:
    result = invoke("rerun", "latest", "--json", "--home", home)
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    first = RunRecord.read(folder / "record.json")
    again = RunRecord.model_validate(told["run"])
    assert told["repeated"] == first.run_id
    assert told["samples"] == {"identical": True, "planets": 8, "moved": 0, "farthest": 0.0}
    assert again.scores == first.scores
    assert (again.estimator, again.seed, again.challenge) == (first.estimator, first.seed, first.challenge)
    assert again.identity == first.identity
    assert again.run_id != first.run_id


def test_a_record_alone_is_enough(invoke: Invoke, home: Path, folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "record.json", tmp_path / "record.json")
    result = invoke("rerun", tmp_path / "record.json", "--home", home)
    assert result.exit_code == 0, result.stderr
    assert "predictions of run" in result.stdout
    assert "are not kept" in result.stdout


def test_what_is_not_as_it_was_is_said(invoke: Invoke, home: Path, folder: Path) -> None:
    def older(record: dict) -> None:
        record["versions"]["torch"] = "1.0.0"
        record["git_revision"] = "0123456789ab"
        record["estimator"]["version"] = "0.0.1"

    change_record(folder, older)
    told = json.loads(invoke("rerun", folder, "--json", "--home", home).stdout)
    assert {"torch", "revision", "estimator"} <= {change["what"] for change in told["changes"]}
    shown = invoke("rerun", folder, "--home", home).stdout
    assert "Not as it was" in shown
    assert "1.0.0" in shown


def test_other_samples_are_told(invoke: Invoke, home: Path, folder: Path) -> None:
    def other_neighbours(record: dict) -> None:
        record["estimator"]["options"]["k"] = 40

    change_record(folder, other_neighbours)
    told = json.loads(invoke("rerun", folder, "--json", "--home", home).stdout)
    assert told["samples"]["identical"] is False
    assert told["samples"]["moved"] == 8


def no_such_option(record: dict) -> None:
    record["estimator"]["options"]["q"] = 1


def no_such_estimator(record: dict) -> None:
    record["estimator"]["name"] = "nearst"


def other_planets(record: dict) -> None:
    record["challenge"]["fingerprint"] = "f" * 16


def handed_in(record: dict) -> None:
    record["submission"] = {"by": "A", "sha256": "0"}


def few_samples(record: dict) -> None:
    record["n_samples"] = 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (no_such_option, "cannot be repeated here"),
        (no_such_estimator, "did you mean 'nearest'"),
        (other_planets, "is not what run"),
        (handed_in, "was handed in by A"),
        (few_samples, "expected 1000 to 5000"),
    ],
)
def test_what_cannot_be_repeated_is_one_sentence_and_leaves_nothing(
    invoke: Invoke, home: Path, folder: Path, change: Callable[[dict], None], said: str
) -> None:
    change_record(folder, change)
    result = invoke("rerun", folder, "--home", home)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert len(list((home / "runs").iterdir())) == 1


def test_data_of_another_challenge_are_refused(invoke: Invoke, home: Path, folder: Path) -> None:
    result = invoke("rerun", folder, "--data", "hela:here", "--home", home)
    assert result.exit_code == 2
    assert "--data says 'hela'" in result.stderr


def test_samples_that_cannot_be_compared_are_told_before_the_run(
    invoke: Invoke, home: Path, folder: Path
) -> None:
    path = folder / "predictions.h5"
    path.write_bytes(path.read_bytes()[:1000])
    result = invoke("rerun", folder, "--home", home)
    assert result.exit_code == 2
    assert "predictions.h5" in result.stderr
    assert len(list((home / "runs").iterdir())) == 1
