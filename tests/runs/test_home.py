"""Finding runs in a harness home."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.errors import HarnessError
from harness.runs.home import RECORD, Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one run, labelled "mine"."""
    small = ["--set", "challenge.train=20", "--set", "challenge.valid=0", "--set", "challenge.test=2"]
    result = CliRunner().invoke(
        main, ["run", "-c", "toy", "-e", "prior", "--name", "mine", "--home", str(tmp_path), *small]
    )
    assert result.exit_code == 0, result.output
    return Home(tmp_path)


def test_a_run_is_found_by_its_label_beside_one_whose_record_is_damaged(home: Home) -> None:
    (run,) = home.all_runs()
    damaged = home.runs / "20990101-000000000-prior-0000"
    damaged.mkdir()
    (damaged / RECORD).write_text("{")
    assert home.find("mine") == run
    with pytest.raises(HarnessError, match=r"^There is no run 'yours'"):
        home.find("yours")


def test_the_latest_is_not_one_dated_by_a_clock_that_is_ahead(home: Home) -> None:
    (run,) = home.all_runs()
    ahead = home.runs / "29990101-000000000-prior-0000"
    shutil.copytree(run, ahead)
    with pytest.warns(UserWarning, match=f"taken to be {run.name}; {ahead.name} is dated in the future"):
        assert home.find("latest") == run
    shutil.rmtree(run)
    assert home.find("latest") == ahead


def test_a_run_is_found_by_the_start_of_its_id_and_as_the_latest(home: Home) -> None:
    (run,) = home.all_runs()
    assert home.find(run.name[:12]) == home.find("latest") == home.find(str(run)) == run


def test_of_many_runs_that_may_be_meant_the_first_are_named_and_the_rest_counted(home: Home) -> None:
    for letter in "abcdefg":
        (home.runs / f"2099-{letter}").mkdir()
        (home.runs / f"2099-{letter}" / RECORD).write_text("{}")
    with pytest.raises(HarnessError, match="may mean 2099-a, 2099-b, 2099-c, 2099-d, 2099-e and 2 more;"):
        home.find("2099")


def test_a_folder_without_a_record_is_said_to_lack_it(home: Home) -> None:
    (run,) = home.all_runs()
    (run / RECORD).unlink()
    with pytest.raises(HarnessError, match=r"record\.json is missing"):
        home.find(str(run))


def test_an_empty_name_is_called_empty(home: Home) -> None:
    with pytest.raises(HarnessError, match="The name of the run is empty"):
        home.find("")
