"""`harness leaderboard` as a user types it."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from harness_leaderboard.store import Store

from harness.data.record import RunRecord, ScoreRecord

Harness = Callable[..., Result]
Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]
Write = Callable[[RunRecord, Path], Path]


def test_an_empty_board_says_what_to_do_next(harness: Harness) -> None:
    result = harness()
    assert result.exit_code == 0
    assert "no runs on the board" in result.stdout
    assert "harness run --estimator" in result.stdout


def test_an_empty_board_is_an_empty_list_for_programs(harness: Harness) -> None:
    assert json.loads(harness("--json").stdout) == []


def test_the_board_shows_every_entry(harness: Harness, store: Store, make_record: Make) -> None:
    store.put([make_record("nearest"), make_record("forest")])
    result = harness()
    assert result.exit_code == 0
    assert "nearest" in result.stdout
    assert "forest" in result.stdout


@pytest.mark.parametrize("width", [80, 140])
def test_the_board_keeps_to_the_width_of_the_terminal(
    harness: Harness, store: Store, make_record: Make, width: int
) -> None:
    store.put(
        [make_record("nearest", options={f"option_{n}": n for n in range(12)}, seed=s) for s in range(3)]
    )
    lines = harness(width=width).stdout.splitlines()
    assert max(map(len, lines)) <= width


def test_json_and_csv_tell_the_same(harness: Harness, store: Store, make_record: Make) -> None:
    store.put([make_record("nearest"), make_record("forest")])
    [board] = json.loads(harness("--json").stdout)
    rows = list(csv.DictReader(io.StringIO(harness("--csv").stdout)))
    assert [entry["estimator"] for entry in board["entries"]] == [row["estimator"] for row in rows]
    assert [str(entry["rank"]) for entry in board["entries"]] == [row["rank"] for row in rows]


def test_challenge_and_sort_choose_the_board_and_its_order(
    harness: Harness, store: Store, make_record: Make
) -> None:
    store.put(
        [
            make_record("slow", fit=9.0),
            make_record("fast", fit=1.0),
            make_record("other", challenge="hela:here", fingerprint="f" * 16),
        ]
    )
    [board] = json.loads(harness("--challenge", "toy", "--sort", "fit", "--json").stdout)
    assert [entry["estimator"] for entry in board["entries"]] == ["fast", "slow"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--json", "--csv"], "choose one"),
        (["--runs", "--json"], "--runs is for the table on the terminal; leave it out beside --json"),
        (["--runs", "--csv"], "leave it out beside --csv"),
        (["--runs", "--markdown"], "leave it out beside --markdown"),
        (["--runs", "--latex"], "leave it out beside --latex"),
        (["--failed", "--markdown"], "--markdown prints the finished runs alone"),
        (["--failed", "--latex"], "--latex prints the finished runs alone"),
        (["--pareto", "--runs"], "--pareto is a table of its own"),
        (["--pareto", "--sort", "fit"], "'fit' is seconds, not a score"),
        (["--sort", "r3"], "did you mean 'r2'"),
        (["--challenge", "tou"], "did you mean 'toy'"),
        (["--sort", "fit", "show", "latest"], "--sort before 'show' has no effect"),
        (["show", "never"], "There is no run 'never'"),
        (["remove", "never", "--yes"], "There is no run 'never'"),
        (["add", "nowhere"], "There is no nowhere"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    harness: Harness, store: Store, make_record: Make, words: list[str], message: str
) -> None:
    store.put([make_record()])
    result = harness(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_show_tells_everything_of_a_run_whose_folder_is_gone(
    harness: Harness, store: Store, make_record: Make, score: Score
) -> None:
    record = make_record(
        options={"neighbours": 7},
        label="mine",
        scores=[score("r2", 0.5, 0.01, parts={"T": (0.4, 0.02)}, n_planets=5001)],
        git_revision="0123456789ab",
    )
    store.put([record])
    text = harness("show", "mine").stdout
    for fact in (
        *(record.run_id, record.identity, "mine", "finished", record.started_at, "toy", "0123456789abcdef"),
        *("800 train, 100 valid, 100 test", "2,000 for each planet", "fit 1.0 s, sample 0.50 s", "cpu"),
        *("torch 2.13.0", "0123456789ab", "neighbours=7", "0.500 ± 0.010", "0.400 ± 0.020", "5,001"),
        *("Linux-6.1-x86_64", "ariel-harness 0.1.0", "(not here)"),
    ):
        assert fact in text


def test_show_tells_why_a_run_failed(harness: Harness, store: Store, make_record: Make) -> None:
    store.put([make_record(status="failed", error="RuntimeError: the loss is NaN", scores=[])])
    assert "RuntimeError: the loss is NaN" in harness("show", "latest").stdout


def test_show_as_json_is_the_record(harness: Harness, store: Store, make_record: Make) -> None:
    record = make_record()
    store.put([record])
    assert RunRecord.model_validate_json(harness("show", "latest", "--json").stdout) == record


def test_remove_asks_first(harness: Harness, store: Store, make_record: Make) -> None:
    record = make_record()
    store.put([record])
    assert harness("remove", "latest", answer="n\n").exit_code != 0
    assert store.records() == [record]
    assert harness("remove", "latest", answer="y\n").exit_code == 0
    assert store.records() == []


def test_remove_leaves_the_folder_unless_told_otherwise(
    harness: Harness, store: Store, home: Path, make_record: Make, write_run: Write
) -> None:
    kept, deleted = make_record(), make_record()
    folders = [write_run(record, home) for record in (kept, deleted)]
    store.put([kept, deleted])
    assert harness("remove", kept.run_id, "--yes").exit_code == 0
    assert harness("remove", deleted.run_id, "--yes", "--files").exit_code == 0
    assert [folder.exists() for folder in folders] == [True, False]
    assert list((home / "runs").iterdir()) == [folders[0]]
    assert store.records() == []
    assert harness("add", folders[0]).exit_code == 0
    assert store.records() == [kept]


def test_remove_deletes_the_checkpoint_with_the_last_run_that_could_go_on_from_it(
    harness: Harness, home: Path, make_record: Make, write_run: Write
) -> None:
    runs = [make_record(status="interrupted", identity="0123456789abcdef") for _ in range(2)]
    for run in runs:
        write_run(run, home)
    checkpoint = home / "checkpoints" / "0123456789abcdef"
    checkpoint.mkdir(parents=True)
    for run, stays in zip(runs, (True, False), strict=True):
        assert harness("remove", run.run_id, "--yes", "--files").exit_code == 0
        assert checkpoint.exists() == stays


@pytest.mark.parametrize("identity", ["..", "../runs", "", "."])
def test_remove_takes_no_other_folder_for_a_checkpoint(
    harness: Harness, home: Path, make_record: Make, write_run: Write, identity: str
) -> None:
    run = make_record(status="interrupted", identity=identity)
    write_run(run, home)
    (home / "checkpoints" / "0123456789abcdef").mkdir(parents=True)
    assert harness("remove", run.run_id, "--yes", "--files").exit_code == 0
    assert (home / "checkpoints" / "0123456789abcdef").exists()
    assert (home / "runs").exists()


@pytest.mark.parametrize("artifacts", ["../elsewhere", "runs", "runs/../..", ".", "runs/other/estimator"])
def test_remove_deletes_nothing_but_the_folder_of_a_run(
    harness: Harness, store: Store, home: Path, make_record: Make, artifacts: str
) -> None:
    (home / "runs" / "other").mkdir(parents=True)
    (home.parent / "elsewhere").mkdir()
    record = make_record(artifacts=artifacts)
    store.put([record])
    result = harness("remove", "latest", "--files", "--yes")
    assert result.exit_code == 2
    assert "it was left alone" in result.stderr
    assert (home.parent / "elsewhere").exists()
    assert (home / "runs" / "other").exists()
    assert store.records() == [record]


def test_remove_does_not_delete_the_folder_of_another_run(
    harness: Harness, store: Store, home: Path, make_record: Make, write_run: Write
) -> None:
    other = make_record()
    folder = write_run(other, home)
    store.put([make_record(artifacts=other.artifacts)])
    result = harness("remove", "latest", "--files", "--yes")
    assert result.exit_code == 2
    assert "does not hold run" in result.stderr
    assert folder.exists()


@pytest.mark.parametrize("what", ["folder", "record", "runs", "home"])
def test_add_puts_runs_of_another_machine_on_the_board(
    harness: Harness, store: Store, tmp_path: Path, make_record: Make, write_run: Write, what: str
) -> None:
    other = tmp_path / "usb"
    record = make_record()
    folder = write_run(record, other)
    path = {"folder": folder, "record": folder / "record.json", "runs": folder.parent, "home": other}[what]
    assert harness("add", path).stdout == "Added 1 run to the board.\n"
    assert harness("add", path).stdout == "Added 0 runs to the board; 1 there already.\n"
    assert store.records() == [record]


def test_add_takes_all_or_nothing(
    harness: Harness, store: Store, tmp_path: Path, make_record: Make, write_run: Write
) -> None:
    good = write_run(make_record(), tmp_path)
    bad = tmp_path / "record.json"
    bad.write_text('{"run_id": 1}')
    result = harness("add", good, bad)
    assert result.exit_code == 2
    assert f"{bad} is not a run record" in result.stderr
    assert store.records() == []


def test_add_names_a_folder_without_runs(harness: Harness, tmp_path: Path) -> None:
    result = harness("add", tmp_path)
    assert result.exit_code == 2
    assert f"There is no record.json in {tmp_path}" in result.stderr


def test_home_may_stand_before_or_after_the_subcommand(
    harness: Harness, tmp_path: Path, make_record: Make
) -> None:
    elsewhere = tmp_path / "elsewhere"
    record = make_record()
    Store.of(elsewhere).put([record])
    assert record.run_id in harness("--home", elsewhere, "show", "latest").stdout
    assert record.run_id in harness("show", "latest", "--home", elsewhere).stdout
    assert "nearest" in harness("--home", elsewhere).stdout


def test_a_damaged_store_is_named_without_a_traceback(harness: Harness, store: Store) -> None:
    store.path.parent.mkdir()
    store.path.write_text("no database " * 100)
    result = harness()
    assert result.exit_code == 2
    assert f"{store.path} is damaged" in result.stderr
