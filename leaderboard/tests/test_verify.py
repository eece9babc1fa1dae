"""`harness leaderboard verify`: what records and snapshots say, against what kept predictions score."""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import Result
from harness_leaderboard.proofs.agreement import planets_apart
from harness_leaderboard.store import Store

from harness.challenges import load
from harness.components.forward_check import check_forward_model
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.runs.plan import forward_record

Harness = Callable[..., Result]


@pytest.fixture
def snapshot(harness: Harness, toy_runs: list[RunRecord], tmp_path: Path) -> Path:
    folder = tmp_path / "snapshot"
    assert harness("snapshot", folder).exit_code == 0
    return folder


def change_record(folder: Path, change: Callable[[dict], None]) -> None:
    path = folder / "record.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def outcomes(harness: Harness, *words: str | Path) -> dict[str, str]:
    found = json.loads(harness("verify", *words, "--json").stdout)["runs"]
    return {one["run"]: one["outcome"] for one in found}


def test_honest_records_hold_and_carry_the_mark(harness: Harness, toy_runs: list[RunRecord]) -> None:
    assert "rescored" not in harness().stdout
    result = harness("verify", "--strict")
    assert result.exit_code == 0, result.stderr
    assert "3 of 3 runs score what their records say" in result.stdout
    assert harness().stdout.count("rescored") == 3  # two entries, and what the word means
    entries = json.loads(harness("--json").stdout)[0]["entries"]
    assert [entry["rescored"] for entry in entries] == [True, True]


def test_a_record_of_how_well_training_planets_were_met_holds_as_one_of_those_held_out(
    harness: Harness, toy_runs: list[RunRecord], home: Path, store: Store
) -> None:
    folder = home / toy_runs[0].artifacts
    toy = load("toy", toy_runs[0].challenge.options)
    for split in (toy.train, toy.valid):
        found = forward_record(check_forward_model(toy.forward_model(), split, toy.schema))
        assert found is not None
        said = found.model_dump()
        change_record(folder, lambda record, said=said: record["challenge"].update(forward_check=said))
        store.remove(toy_runs[0].run_id)
        harness("add", folder)
        assert outcomes(harness, toy_runs[0].run_id) == {toy_runs[0].run_id: "rescored"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("scores.csv", "scores of single planets, by which entries are told apart, are not kept"),
        ("schema.json", "there is no schema.json in its folder"),
    ],
)
def test_a_file_that_is_taken_away_is_not_passed_over(
    harness: Harness, toy_runs: list[RunRecord], home: Path, name: str, told: str
) -> None:
    (home / toy_runs[0].artifacts / name).unlink()
    strict = harness("verify", "--strict")
    assert strict.exit_code == 2
    assert told in strict.stdout
    assert outcomes(harness)[toy_runs[0].run_id] == "not checked"


def test_a_copied_run_with_another_seed_is_told(
    harness: Harness, toy_runs: list[RunRecord], home: Path
) -> None:
    original = toy_runs[0]
    copied = shutil.copytree(home / original.artifacts, home / "runs" / "20300101-000000000-copy-0000")

    def change(record: dict) -> None:
        record.update(run_id=copied.name, seed=original.seed + 7, artifacts=f"runs/{copied.name}")

    change_record(copied, change)
    found = json.loads(harness("verify", "--json").stdout)["runs"]
    told = {one["run"]: one["notes"] for one in found}
    assert told.pop(copied.name) == [f"its samples are those of {original.run_id}, of another seed"]
    assert not any(told.values())


def test_an_entry_is_marked_when_all_its_seeds_hold(harness: Harness, toy_runs: list[RunRecord]) -> None:
    harness("verify", toy_runs[0].run_id)
    marked = {e["estimator"]: e["rescored"] for e in json.loads(harness("--json").stdout)[0]["entries"]}
    assert marked == {"nearest": False, "prior": False}


def raise_value(record: dict) -> None:
    record["scores"][0]["value"] += 1.0


def raise_part(record: dict) -> None:
    record["scores"][0]["parts"]["spectral"]["value"] += 1.0


def shrink_error(record: dict) -> None:
    record["scores"][1]["standard_error"] /= 2


def drop_part(record: dict) -> None:
    record["scores"][1]["parts"].popitem()


FACTS = {
    "more samples": (("n_samples",), 5000, "5,000 samples for each planet in the record, 1,000 in the kept"),
    "another challenge": (("challenge", "name"), "ariel-hard", "'ariel-hard' in the record, and is 'toy'"),
    "more planets": (
        ("challenge", "planets", "train"),
        10**6,
        "1,000,000 planets in 'train' in the record, 200",
    ),
    "a split": (("challenge", "planets", "secret"), 9, "9 planets in 'secret' in the record, 0 in"),
    "another spread": (
        ("challenge", "forward_check", "median"),
        0.5,
        "forward model makes the training spectra",
    ),
    "options": (("estimator", "changed"), {"layers": 9}, "of estimator 'prior' that are said to be changed"),
    "of the scorer": (
        ("scores", 0, "scorer", "changed"),
        {"rows": 9},
        "of scorer 'ariel' that are said to be",
    ),
}


@pytest.mark.parametrize(("place", "value", "told"), FACTS.values(), ids=FACTS)
def test_what_a_record_says_beside_its_scores_is_checked_too(
    harness: Harness, toy_runs: list[RunRecord], home: Path, place: tuple, value: object, told: str
) -> None:
    def change(record: dict) -> None:
        for name in place[:-1]:
            record = record[name]
        record[place[-1]] = value

    change_record(home / toy_runs[0].artifacts, change)
    result = harness("verify", toy_runs[0].run_id, width=300)
    assert result.exit_code == 2
    assert told in result.stdout


@pytest.mark.parametrize("change", [raise_value, raise_part, shrink_error, drop_part])
def test_a_record_that_was_changed_is_refused_and_not_marked(
    harness: Harness, toy_runs: list[RunRecord], home: Path, change: Callable[[dict], None]
) -> None:
    change_record(home / toy_runs[0].artifacts, change)
    result = harness("verify")
    assert result.exit_code == 2
    assert "1 of 3 runs are not what their records say" in result.stderr
    assert outcomes(harness)[toy_runs[0].run_id] == "differs"
    marked = {e["estimator"]: e["rescored"] for e in json.loads(harness("--json").stdout)[0]["entries"]}
    assert marked == {"nearest": True, "prior": False}


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("ariel", "1 planets have another score in the table"),
        ("ariel/posterior/log_H2O", "ariel/posterior/log_H2O: planets have other scores in the table"),
    ],
)
def test_the_table_that_ranks_is_checked_too(
    harness: Harness, toy_runs: list[RunRecord], home: Path, column: str, told: str
) -> None:
    path = home / toy_runs[2].artifacts / "scores.csv"
    header, first, *lines = path.read_text().splitlines()
    cells = first.split(",")
    cells[header.split(",").index(column)] = "999.0"
    path.write_text("\n".join([header, ",".join(cells), *lines]) + "\n")
    result = harness("verify", toy_runs[2].run_id, width=300)
    assert result.exit_code == 2
    assert told in " ".join(result.stdout.split())


def test_scores_of_planets_are_compared_by_what_most_of_them_scatter() -> None:
    again = np.array([*np.linspace(0.1, 0.5, 11), 1e300])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert planets_apart(again * (1 + 1e-7), again).tolist() == []
        assert planets_apart(np.where(again < 1, 1e-4, again), again).tolist() == list(range(11))


def test_a_mark_is_lost_when_what_is_checked_later_differs(
    harness: Harness, toy_runs: list[RunRecord], home: Path
) -> None:
    harness("verify")
    with h5py.File(home / toy_runs[2].artifacts / "predictions.h5", "r+") as file:
        for group in file.values():
            group["tracedata"][...] = group["tracedata"][...][:, ::-1]
    assert harness("verify").exit_code == 2
    assert [e["rescored"] for e in json.loads(harness("--json").stdout)[0]["entries"]].count(False) == 1


def test_what_is_not_kept_is_said_and_is_no_proof(
    harness: Harness, toy_runs: list[RunRecord], home: Path
) -> None:
    harness()
    shutil.rmtree(home / toy_runs[2].artifacts)
    result = harness("verify")
    assert result.exit_code == 0
    assert "1 could not be checked" in result.stdout
    assert "its folder is not here" in " ".join(result.stdout.split())
    assert harness("verify", "--strict").exit_code == 2
    assert sum(e["rescored"] for e in json.loads(harness("--json").stdout)[0]["entries"]) == 1


def test_a_folder_of_somebody_is_verified_where_it_lies(
    harness: Harness, toy_runs: list[RunRecord], home: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    home.rename(theirs)
    before = sorted(theirs.rglob("*"))
    assert set(outcomes(harness, theirs).values()) == {"rescored"}
    assert sorted(theirs.rglob("*")) == before, "nothing is written there"
    assert outcomes(harness, theirs / toy_runs[0].artifacts) == {toy_runs[0].run_id: "rescored"}
    change_record(theirs / toy_runs[0].artifacts, raise_value)
    assert harness("verify", theirs).exit_code == 2


def test_a_named_run_of_another_challenge_is_not_left_out_silently(
    harness: Harness, toy_runs: list[RunRecord], store: Store, make_record: Callable[..., RunRecord]
) -> None:
    store.put([make_record(run_id="hela-run", challenge="hela:there", fingerprint="f" * 16)])
    result = harness("verify", toy_runs[0].run_id, "hela-run", "--challenge", "toy")
    assert result.exit_code == 2
    assert "Run hela-run is of hela:there, and --challenge says 'toy'" in result.stderr


def test_a_snapshot_of_another_challenge_than_asked_for_is_refused(harness: Harness, snapshot: Path) -> None:
    assert harness("verify", snapshot, "--challenge", "toy").exit_code == 0
    result = harness("verify", snapshot, "--challenge", "hela")
    assert result.exit_code == 2
    assert "of the challenge 'hela'" in result.stderr


def test_a_snapshot_is_what_its_runs_say(harness: Harness, snapshot: Path) -> None:
    result = harness("verify", snapshot, "--strict")
    assert result.exit_code == 0, result.stderr
    assert "2 of 2 entries compared with the records of their runs, 0 differences" in result.stdout


def test_a_snapshot_that_was_changed_is_refused(harness: Harness, snapshot: Path) -> None:
    path = snapshot / "board.json"
    value = json.loads(path.read_text())
    value["entries"][1]["score"] += 100
    path.write_text(json.dumps(value))
    result = harness("verify", snapshot)
    assert result.exit_code == 2
    assert "prior: score is" in result.stdout


def test_a_page_of_another_layout_is_told(harness: Harness, snapshot: Path) -> None:
    page = snapshot / "index.html"
    page.write_text(page.read_text().replace("1.7rem", "1.8rem"))
    result = harness("verify", snapshot)
    assert result.exit_code == 0, result.stderr
    assert "index.html is not what this version" in result.stdout
    assert harness("verify", snapshot, "--strict").exit_code == 2


def remove(path: Path) -> None:
    path.unlink()


def overwrite(path: Path) -> None:
    path.write_text("I won.\n")


def raise_score(path: Path) -> None:
    """The first score of the last entry, as it is written in the file."""
    board = json.loads((path.parent / "board.json").read_text())
    score = board["entries"][-1]["score"]
    text = path.read_text()
    shown = str(score) if path.suffix == ".csv" else f"{score:.0f}"
    assert shown in text
    path.write_text(text.replace(shown, f"{score + 300:.0f}"))


def swap_names(path: Path) -> None:
    text = path.read_text().replace("prior", "@@").replace("nearest", "prior").replace("@@", "nearest")
    path.write_text(text)


@pytest.mark.parametrize("name", ["README.md", "index.html", "board.csv"])
@pytest.mark.parametrize("change", [remove, overwrite, raise_score, swap_names])
def test_a_file_of_a_snapshot_that_says_something_else_is_refused(
    harness: Harness, snapshot: Path, name: str, change: Callable[[Path], None]
) -> None:
    change(snapshot / name)
    result = harness("verify", snapshot)
    assert result.exit_code == 2
    assert name in result.stdout
    assert "A snapshot does not say what the records of its runs say" in result.stderr


@pytest.mark.parametrize("what", ["<script>alert(1)</script>", '<img src="x">', '<p onclick="x()">.</p>'])
def test_a_page_that_does_something_else_is_refused(harness: Harness, snapshot: Path, what: str) -> None:
    page = snapshot / "index.html"
    page.write_text(page.read_text().replace("</main>", f"{what}</main>"))
    assert harness("verify", snapshot).exit_code == 2


def test_a_snapshot_without_its_runs_is_not_taken_for_proved(
    harness: Harness, snapshot: Path, home: Path
) -> None:
    shutil.rmtree(home)
    for words in ([], ["--strict"]):
        result = harness("verify", snapshot, *words)
        assert result.exit_code == 2
        assert "none of 2 entries could be compared" in result.stdout
        assert "is not here" in result.stdout
        assert "Nothing could be checked" in result.stderr
        assert "name a home or an exported board that holds the runs" in result.stderr
        assert "0 of 0" not in result.stdout


def test_a_snapshot_is_compared_with_runs_that_are_named_beside_it(
    harness: Harness, snapshot: Path, home: Path, tmp_path: Path
) -> None:
    home.rename(tmp_path / "theirs")
    result = harness("verify", snapshot, tmp_path / "theirs", "--strict")
    assert result.exit_code == 0, result.stderr
    assert "2 of 2 entries compared" in result.stdout


def test_runs_of_which_none_can_be_checked_are_refused(
    harness: Harness, toy_runs: list[RunRecord], home: Path
) -> None:
    harness()
    shutil.rmtree(home / toy_runs[2].artifacts)
    result = harness("verify", toy_runs[2].run_id)
    assert result.exit_code == 2
    assert "Nothing could be checked" in result.stderr


def test_a_snapshot_is_not_proved_by_records_that_nothing_proves(
    harness: Harness, snapshot: Path, toy_runs: list[RunRecord], home: Path
) -> None:
    for run in toy_runs:
        (home / run.artifacts / "predictions.h5").unlink()
    result = harness("verify", snapshot)
    assert result.exit_code == 2
    assert "2 of 2 entries compared" in result.stdout
    assert "Nothing could be checked" in result.stderr


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"schema_version": 1}',
        '{"schema_version": 2, "fingerprint": "f", "made_at": "", "made_by": null, "entries": []}',
        '{"schema_version": 1, "fingerprint": "f", "made_at": "", "made_by": null, "entries": [{"runs": 3}]}',
    ],
)
def test_a_hostile_snapshot_is_one_sentence(harness: Harness, tmp_path: Path, content: str) -> None:
    (tmp_path / "board.json").write_text(content)
    result = harness("verify", tmp_path)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_no_record_anywhere_is_one_sentence(harness: Harness, tmp_path: Path) -> None:
    assert harness("verify", tmp_path).exit_code == 2
    assert harness("verify").exit_code == 2


def test_removing_a_run_forgets_what_was_found(
    harness: Harness, toy_runs: list[RunRecord], home: Path, store: Store
) -> None:
    harness("verify")
    harness("remove", toy_runs[2].run_id, "--yes")
    harness("add", home / toy_runs[2].artifacts)
    marked = {e["estimator"]: e["rescored"] for e in json.loads(harness("--json").stdout)[0]["entries"]}
    assert marked == {"nearest": False, "prior": True}


def damage_planets(folder: Path) -> None:
    (folder / "scores.csv").write_bytes(b"\xff")


def rename_parameter(folder: Path) -> None:
    path = folder / "schema.json"
    schema = json.loads(path.read_text())
    schema["parameters"][0]["name"] = "another"
    path.write_text(json.dumps(schema))


def cut_predictions(folder: Path) -> None:
    path = folder / "predictions.h5"
    path.write_bytes(path.read_bytes()[:5000])


def damage_alarms(folder: Path) -> None:
    (folder / "alarms.csv").write_text("x")


def cut_record(folder: Path) -> None:
    (folder / "record.json").write_text("{")


def delete_record(folder: Path) -> None:
    (folder / "record.json").unlink()


def drop_scorer(folder: Path) -> None:
    path = folder / "scores.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()]
    dropped = rows[0].index("r2")
    path.write_text("".join(",".join([*row[:dropped], *row[dropped + 1 :]]) + "\n" for row in rows))


def edit_record(folder: Path) -> None:
    change_record(folder, raise_value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (damage_planets, "scores.csv is damaged"),
        (rename_parameter, "the schema.json in its folder has other parameters than the challenge"),
        (drop_scorer, "r2: the table of planets does not have it"),
        (edit_record, "the record.json in its folder is not the record on the board"),
    ],
)
def test_files_beside_the_predictions_are_looked_at_too(
    harness: Harness,
    toy_runs: list[RunRecord],
    home: Path,
    store: Store,
    change: Callable[[Path], None],
    told: str,
) -> None:
    assert len(store.records()) == 3, "on the board as they were made"
    change(home / toy_runs[0].artifacts)
    result = harness("verify", width=300)
    assert result.exit_code == 2
    assert told in result.stdout
    assert "2 of 3 runs score what their records say; 1 differ" in result.stdout


@pytest.mark.parametrize(
    "change", [cut_predictions, damage_alarms, cut_record, delete_record, damage_planets]
)
def test_what_is_here_and_cannot_be_read_differs_and_loses_the_mark(
    harness: Harness, toy_runs: list[RunRecord], home: Path, change: Callable[[Path], None]
) -> None:
    assert harness("verify").exit_code == 0
    change(home / toy_runs[2].artifacts)
    result = harness("verify")
    assert result.exit_code == 2
    assert "2 of 3 runs score what their records say; 1 differ" in result.stdout
    marked = {e["estimator"]: e["rescored"] for e in json.loads(harness("--json").stdout)[0]["entries"]}
    assert marked == {"nearest": False, "prior": True}


def test_a_challenge_that_is_too_large_keeps_no_other_run_from_being_checked(
    harness: Harness, toy_runs: list[RunRecord], home: Path, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    shutil.copytree(home / "runs", runs)
    change_record(runs / toy_runs[0].run_id, lambda one: one["challenge"]["options"].update(train=10**13))
    result = harness("verify", runs, width=300)
    assert result.exit_code == 0, result.stderr
    assert "the memory of this machine is not enough for its challenge, toy" in result.stdout
    assert "2 of 3 runs score what their records say; 0 differ, 1 could not be checked" in result.stdout


def test_a_board_that_cannot_be_written_is_verified_all_the_same(
    harness: Harness, toy_runs: list[RunRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise HarnessError("The leaderboard cannot be opened here.")

    monkeypatch.setattr("harness_leaderboard.proofs.verify.keep_checks", refuse)
    result = harness("verify", "--strict")
    assert result.exit_code == 0, result.stderr
    assert "3 of 3 runs score what their records say" in result.stdout
    assert result.stderr.count("not kept on the board: The leaderboard cannot be opened here.") == 1
