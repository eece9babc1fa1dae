"""`harness leaderboard submit`: files that somebody handed in, on the board beside the runs."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import h5py
import pytest
from click.testing import Result
from harness_leaderboard.store import Store

from harness.data.record import RunRecord
from harness.runs.fitted import open_run
from harness.runs.home import Home

Harness = Callable[..., Result]
SIZES = ("train=200", "valid=50", "test=12", "rows=100")
TOY = ["--challenge", "toy", *(word for size in SIZES for word in ("--set", f"toy.{size}"))]
ME = ["--name", "my-method", "--by", "A. Person <a@b.org>"]
SCORERS = ["--scorer", "ariel", "--scorer", "r2"]


@pytest.fixture
def file(toy_runs: list[RunRecord], home: Path, tmp_path: Path) -> Path:
    """The submission of the run of `nearest`."""
    path = tmp_path / "submission.hdf5"
    path.write_bytes((home / toy_runs[2].artifacts / "predictions.h5").read_bytes())
    return path


def entries(harness: Harness) -> dict[str, dict]:
    return {entry["estimator"]: entry for entry in json.loads(harness("--json").stdout)[0]["entries"]}


def write_entry(folder: Path, file: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "submission.hdf5").write_bytes(file.read_bytes())
    (folder / "entry.toml").write_text(text)
    return folder


def test_a_submission_stands_beside_the_runs_and_is_marked(harness: Harness, file: Path) -> None:
    result = harness("submit", file, *TOY, *ME, *SCORERS)
    assert result.exit_code == 0, result.stderr
    mine, theirs = entries(harness)["my-method"], entries(harness)["nearest"]
    assert mine["submission"]["by"] == "A. Person <a@b.org>"
    assert theirs["submission"] is None
    assert mine["scores"] == theirs["scores"], "the same predictions score the same"
    assert (mine["tied"], mine["rank"]) == (True, 1)
    assert mine["fit_seconds"] is None
    assert "submitted by A. Person <a@b.org>" in harness().stdout


def test_it_can_be_rescored_and_verified_like_a_run(harness: Harness, file: Path) -> None:
    harness("submit", file, *TOY, *ME, *SCORERS)
    assert harness("verify", "--strict").exit_code == 0
    assert "Added scores to 1 of 1 runs" in harness("rescore", "latest", "--scorer", "rmse").stdout
    assert entries(harness)["my-method"]["rescored"] is True


def test_nothing_is_left_of_a_submission_where_the_store_is_locked(
    harness: Harness, file: Path, home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name for path in (home / "runs").iterdir()}
    assert len(store.records()) == 3
    monkeypatch.setattr("harness_leaderboard.connections.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = harness("submit", file, *TOY, *ME, *SCORERS)
    assert result.exit_code == 2
    assert "locked by another process" in result.stderr
    assert {path.name for path in (home / "runs").iterdir()} == before


def test_one_planet_that_is_far_off_hides_no_others(
    harness: Harness, file: Path, home: Path, store: Store
) -> None:
    with h5py.File(file, "r+") as content:
        next(iter(content.values()))["tracedata"][...] = 1e30
    harness("submit", file, *TOY, *ME, "--scorer", "crps")
    path = home / store.find("latest").artifacts / "scores.csv"
    header, first, *rows = ([*line.split(",")] for line in path.read_text().splitlines())
    for row in rows:
        row[header.index("crps")] = "0.001"
    path.write_text("\n".join(map(",".join, [header, first, *rows])) + "\n")
    store.path.unlink()
    result = harness("verify", "latest", width=300)
    assert result.exit_code == 2
    assert "crps: 11 planets have another score in the table" in result.stdout


def test_the_same_file_is_not_put_there_twice(harness: Harness, file: Path, store: Store) -> None:
    harness("submit", file, *TOY, *ME, *SCORERS)
    again = harness("submit", file, *TOY, *ME, *SCORERS, "--scorer", "rmse").stdout
    assert "on the board already" in again
    assert "harness leaderboard rescore" in again
    assert "--scorer rmse' adds" in again
    assert len(store.records()) == 4


@pytest.mark.parametrize("other", [("--seed", "1"), ("--name", "better"), ("--by", "B")], ids=str)
def test_a_file_counts_once_whatever_it_is_called(
    harness: Harness, file: Path, store: Store, other: tuple[str, ...]
) -> None:
    harness("submit", file, *TOY, *ME, *SCORERS)
    refused = harness("submit", file, *TOY, *ME, *SCORERS, *other)
    assert refused.exit_code == 2
    assert "is on the board already, as 'my-method' by" in refused.stderr
    assert len(store.records()) == 4


def test_another_file_does_not_take_the_place_of_one_unseen(
    harness: Harness, file: Path, toy_runs: list[RunRecord], home: Path, store: Store
) -> None:
    harness("submit", file, *TOY, *ME, *SCORERS)
    file.write_bytes((home / toy_runs[0].artifacts / "predictions.h5").read_bytes())
    refused = harness("submit", file, *TOY, *ME, *SCORERS)
    assert refused.exit_code == 2
    assert "would take the place of run" in refused.stderr
    assert len(store.records()) == 4
    assert harness("submit", file, *TOY, *ME, *SCORERS, "--seed", "1").exit_code == 0


def test_seeds_of_one_name_are_one_entry(
    harness: Harness, file: Path, toy_runs: list[RunRecord], home: Path
) -> None:
    others = [home / run.artifacts / "predictions.h5" for run in toy_runs[:2]]
    for seed, one in (("3", file), ("4", others[0])):
        assert harness("submit", one, *TOY, *ME, *SCORERS, "--seed", seed).exit_code == 0
    other = (*TOY, "--name", "my-method", "--by", "Somebody else", *SCORERS)
    assert harness("submit", others[1], *other).exit_code == 0
    found = json.loads(harness("--json").stdout)[0]["entries"]
    assert sorted(entry["seeds"] for entry in found if entry["submission"]) == [[0], [3, 4]]


def test_a_folder_says_what_it_is(harness: Harness, file: Path, tmp_path: Path) -> None:
    text = 'name = "folder-method"\nby = "B"\nseed = 2\nnote = "https://b.org"\n'
    folder = write_entry(tmp_path / "entry", file, text)
    assert harness("submit", folder, *TOY, *SCORERS).exit_code == 0
    assert entries(harness)["folder-method"]["seeds"] == [2]
    assert "https://b.org" in harness("show", "latest").stdout
    refused = harness("submit", folder, *TOY, "--name", "other")
    assert refused.exit_code == 2
    assert (
        "is a folder, whose entry.toml has to say name, by, note and seed; leave out --name" in refused.stderr
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "name"),
        ('name = "a"\nby = "b"\nscore = 1', "score"),
        ('name = "a"\nby = "b"\nfile = "../submission.hdf5"', "not one beside it"),
        ('name = "a"\nby = "b"\nfile = "/etc/passwd"', "not one beside it"),
        ('name = "a"\nby = "b"\nfile = "link.hdf5"', "is a link"),
        ('name = "a\\u001b[31m"\nby = "b"', "control character"),
        ('name = "' + "a" * 81 + '"\nby = "b"', "1 to 80 characters"),
        ("name = ", "does not describe an entry"),
        ('name = "a"\nby = "b"\nseed = -1', "seed"),
        ("a = " + "[" * 5000, "does not describe an entry"),
    ],
)
def test_a_hostile_entry_is_one_sentence_and_leaves_nothing(
    harness: Harness, file: Path, tmp_path: Path, home: Path, text: str, said: str
) -> None:
    folder = write_entry(tmp_path / "entry", file, text)
    (folder / "link.hdf5").symlink_to(file)
    before = sorted(home.glob("runs/*"))
    result = harness("submit", folder, *TOY)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "\x1b" not in result.stderr
    assert sorted(home.glob("runs/*")) == before


def test_a_file_that_breaks_a_rule_is_refused(harness: Harness, file: Path, home: Path) -> None:
    result = harness("submit", file, "--challenge", "toy", *ME)  # of 100 planets
    assert result.exit_code == 2
    assert "planets are missing" in result.stderr
    assert len(list(home.glob("runs/*"))) == 3


def test_who_answers_for_a_file_has_to_be_said(harness: Harness, file: Path) -> None:
    result = harness("submit", file, *TOY, "--name", "x")
    assert result.exit_code == 2
    assert "--by" in result.stderr


def test_a_submission_is_no_fitted_estimator(harness: Harness, file: Path, home: Path) -> None:
    harness("submit", file, *TOY, *ME, *SCORERS)
    with pytest.raises(Exception, match=r"handed in by A\. Person"):
        open_run(Home(home).find("latest"))


def test_a_snapshot_tells_how_it_was_put_there(harness: Harness, file: Path, tmp_path: Path) -> None:
    harness("submit", file, *TOY, *ME, *SCORERS)
    harness("snapshot", tmp_path / "snapshot")
    readme = (tmp_path / "snapshot/README.md").read_text()
    assert "harness leaderboard submit FILE --challenge toy --name my-method" in readme
    assert "submitted by A. Person \\<a@b.org\\>" in readme
    assert harness("verify", tmp_path / "snapshot", "--strict").exit_code == 0
