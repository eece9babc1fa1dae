"""`harness submit` and `harness score` at the command line, on real runs."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from harness.challenges import Split, Truth, load
from harness.challenges.ariel2023.layout import AUXILIARY
from harness.challenges.ariel2023.writer import write_ariel2023
from harness.cli import main
from harness.data.observations import Observations
from harness.runs.home import PREDICTIONS, SCHEMA

Harness = Callable[..., tuple[int, str, str]]


@pytest.fixture
def harness(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Harness:
    """Run a command; its exit code, output and messages."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        output, messages = capsys.readouterr()
        return int(ended.value.code or 0), output, messages

    return run


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a public release's splits: ten planets are scored on, five have no truth."""
    toy = load("toy", {"train": 40, "valid": 5, "test": 15, "rows": 100})
    schema = toy.schema.model_copy(update={"auxiliary": AUXILIARY})
    splits = {name: with_auxiliary(split) for name, split in toy.splits.items()}
    splits["unlabelled"] = Split(splits["test"][range(10, 15)].observations, Truth(None))
    splits["test"] = splits["test"][range(10)]
    directory = tmp_path_factory.mktemp("data") / "release"
    write_ariel2023(directory, schema, splits)
    return directory


def with_auxiliary(split: Split) -> Split:
    seen = split.observations
    auxiliary = torch.ones(len(seen), len(AUXILIARY), dtype=torch.float64)
    return Split(Observations(seen.planet_ids, seen.spectrum, seen.noise, auxiliary), split.truth)


@pytest.fixture(scope="module")
def finished(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of one run of the prior."""
    home = tmp_path_factory.mktemp("home")
    words = ["run", "-e", "prior", "-c", f"ariel2023:{release}", "--samples", "1000", "--home", str(home)]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--name", "floor", "--json"])
    assert not ended.value.code
    return home


def submitted(harness: Harness, home: Path, path: Path, *words: str) -> Path:
    code, _, messages = harness("submit", "floor", "-o", path, "--home", home, *words)
    assert (code, messages) == (0, "")
    return path


def test_a_runs_predictions_are_submitted_and_score_as_the_run_did(
    harness: Harness, finished: Path, release: Path, tmp_path: Path
) -> None:
    path = submitted(harness, finished, tmp_path / "s.h5")
    code, output, _ = harness("score", path, "-c", f"ariel2023:{release}", "--json")
    assert code == 0
    record = json.loads(next(finished.glob("runs/*/record.json")).read_text())
    found = json.loads(output)
    assert found["fingerprint"] == record["challenge"]["fingerprint"]
    assert [(score["scorer"]["name"], score["value"]) for score in found["scores"]] == [
        (score["scorer"]["name"], score["value"]) for score in record["scores"]
    ]


def test_unlabelled_planets_are_sampled_with_the_fitted_estimator(
    harness: Harness, finished: Path, tmp_path: Path
) -> None:
    path = submitted(harness, finished, tmp_path / "u.h5", "--split", "unlabelled")
    with h5py.File(path) as file:
        assert [file[f"Planet_public{n + 1}"].attrs["planet_ID"] for n in range(5)] == [
            f"test{n}" for n in range(11, 16)
        ]
        assert file["Planet_public1"]["tracedata"].shape == (1000, 7)


def test_unlabelled_planets_may_have_moved(
    harness: Harness, finished: Path, release: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(release, moved)
    here = submitted(harness, finished, tmp_path / "1.h5", "--split", "unlabelled")
    there = submitted(
        harness, finished, tmp_path / "2.h5", "--split", "unlabelled", "--challenge", f"ariel2023:{moved}"
    )
    with h5py.File(here) as one, h5py.File(there) as other:
        for name in one:
            np.testing.assert_array_equal(one[name]["tracedata"][:], other[name]["tracedata"][:])


def test_unlabelled_planets_of_other_data_are_refused(
    harness: Harness, finished: Path, release: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(release, other)
    table = other / "TestData" / "AuxillaryTable.csv"
    table.write_text(table.read_text().replace("1.0", "2.0", 1))
    words = ["--split", "unlabelled", "--challenge", f"ariel2023:{other}", "--home", finished]
    code, _, messages = harness("submit", "floor", "-o", tmp_path / "u.h5", *words)
    assert code == 2
    assert "is not what the run was fitted on" in messages
    assert not (tmp_path / "u.h5").exists()


def test_an_existing_file_is_replaced_only_by_force(harness: Harness, finished: Path, tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    path.write_text("older")
    code, _, messages = harness("submit", "floor", "-o", path, "--home", finished)
    assert code == 2
    assert f"{path} exists already" in messages
    assert path.read_text() == "older"
    submitted(harness, finished, path, "--force")
    assert h5py.is_hdf5(path)


def test_a_run_that_is_not_there_is_named(harness: Harness, finished: Path, tmp_path: Path) -> None:
    code, _, messages = harness("submit", "flour", "-o", tmp_path / "s.h5", "--home", finished)
    assert code == 2
    assert "There is no run 'flour'" in messages


@pytest.mark.parametrize("name", [PREDICTIONS, SCHEMA])
def test_a_run_whose_folder_is_not_complete_is_refused(
    harness: Harness, finished: Path, tmp_path: Path, name: str
) -> None:
    home = tmp_path / "home"
    shutil.copytree(finished, home)
    next(home.glob(f"runs/*/{name}")).unlink()
    code, _, messages = harness("submit", "latest", "-o", tmp_path / "s.h5", "--home", home)
    assert code == 2
    assert f"{name} is missing" in messages
    assert not (tmp_path / "s.h5").exists()


def test_a_folder_that_does_not_exist_is_named(harness: Harness, finished: Path, tmp_path: Path) -> None:
    code, _, messages = harness("submit", "floor", "-o", tmp_path / "no" / "s.h5", "--home", finished)
    assert code == 2
    assert f"The folder {tmp_path / 'no'} does not exist" in messages


def test_scores_are_printed_with_their_errors(
    harness: Harness, finished: Path, release: Path, tmp_path: Path
) -> None:
    path = submitted(harness, finished, tmp_path / "s.h5")
    code, output, _ = harness("score", path, "-c", f"ariel2023:{release}", "-s", "r2", "-s", "ariel")
    assert code == 0
    assert "on the 10 test planets" in output
    assert "±" in output
    assert "crps" not in output


def test_a_default_scorer_that_does_not_apply_is_said_to_be_left_out(
    harness: Harness, finished: Path, release: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(release, bare)
    with h5py.File(bare / "TrainingData" / "Ground Truth Package" / "Tracedata.hdf5", "a") as file:
        for group in file.values():
            del group["tracedata"], group["weights"]
            group["tracedata"] = np.array([np.nan])
    path = submitted(harness, finished, tmp_path / "s.h5")
    code, output, _ = harness("score", path, "-c", f"ariel2023:{bare}")
    assert code == 0
    assert "Scorer 'ariel' needs traces" in " ".join(output.split())
    code, _, messages = harness("score", path, "-c", f"ariel2023:{bare}", "-s", "ariel")
    assert code == 2
    assert "Scorer 'ariel' needs traces" in messages


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-s", "arial"], "There is no scorer named 'arial' (did you mean 'ariel'?)"),
        (
            ["--set", "challenge.tset_fraction=0.2"],
            "has no option 'tset_fraction' (did you mean 'test_fraction'?)",
        ),
        (["--set", "prior.k=2"], "no such component takes part"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence(
    harness: Harness, finished: Path, release: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    path = submitted(harness, finished, tmp_path / "s.h5")
    code, _, messages = harness("score", path, "-c", f"ariel2023:{release}", *words)
    assert code == 2
    assert message in messages
    assert len(messages.splitlines()) == 1


def test_a_file_that_breaks_a_rule_is_not_scored(
    harness: Harness, finished: Path, release: Path, tmp_path: Path
) -> None:
    path = submitted(harness, finished, tmp_path / "s.h5")
    with h5py.File(path, "a") as file:
        file["Planet_public3"]["weights"][7] = -1
    code, output, messages = harness("score", path, "-c", f"ariel2023:{release}")
    assert (code, output) == (2, "")
    assert "weight 7 is negative" in messages


def test_a_file_that_is_not_there_is_named(harness: Harness, release: Path) -> None:
    code, _, messages = harness("score", "nowhere.h5", "-c", f"ariel2023:{release}")
    assert code == 2
    assert "There is no file nowhere.h5." in messages


def test_samples_far_outside_the_prior_are_said_and_scored(
    harness: Harness, finished: Path, release: Path, tmp_path: Path
) -> None:
    path = submitted(harness, finished, tmp_path / "s.h5")
    with h5py.File(path, "r+") as file:
        file["Planet_public2/tracedata"][:, 1] = 90_000.0  # [K]
    code, output, messages = harness("score", path, "-c", f"ariel2023:{release}", "--json")
    assert code == 0
    assert "1 of 10 planets have samples far outside the prior" in messages
    assert "100% of planet_temp" in messages
    assert json.loads(output)["planets"] == 10
