"""`harness leaderboard export` and `import`: a board with the runs behind it, from machine to machine."""

import csv
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from harness_leaderboard.store import Store

from harness.data.record import RunRecord

Harness = Callable[..., Result]


@pytest.fixture
def exported(harness: Harness, toy_runs: list[RunRecord], tmp_path: Path) -> Path:
    folder = tmp_path / "exported"
    result = harness("export", folder)
    assert result.exit_code == 0, result.stderr
    return folder


@pytest.fixture
def elsewhere(exported: Path, home: Path) -> Path:
    """The export, on a machine where nothing else is."""
    shutil.rmtree(home)
    return exported


def manifest_of(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


def write_manifest(folder: Path, manifest: dict) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest))


def sign(folder: Path, path: Path) -> None:
    """Write into the manifest what a file is now."""
    manifest = manifest_of(folder)
    content = path.read_bytes()
    manifest["files"][path.relative_to(folder).as_posix()] = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    write_manifest(folder, manifest)


def test_an_exported_board_is_proved_by_its_files_alone(harness: Harness, elsewhere: Path) -> None:
    result = harness("verify", elsewhere, "--strict")
    assert result.exit_code == 0, result.stderr
    assert "2 of 2 entries compared with the records of their runs, 0 differences" in result.stdout
    assert "3 of 3 runs score what their records say" in result.stdout


def test_a_board_comes_back_as_it_was(harness: Harness, exported: Path, home: Path) -> None:
    before = json.loads(harness("--json").stdout)
    shutil.rmtree(home)
    assert json.loads(harness("import", exported, "--json").stdout)["there"] == []
    assert json.loads(harness("--json").stdout) == before
    assert harness("verify", "--strict").exit_code == 0


def test_add_takes_runs_of_a_whole_export_alone(harness: Harness, elsewhere: Path) -> None:
    record = next(elsewhere.glob("runs/*/record.json"))
    content = record.read_text()
    record.write_text(content.replace('"seed": 0', '"seed": 1').replace('"seed":0', '"seed":1') + "\n")
    result = harness("add", record.parent)
    assert result.exit_code == 2, result.stderr
    assert "by the manifest" in result.stderr
    record.write_text(content)
    assert "Added 3 runs" in harness("add", elsewhere).stdout


def test_what_is_there_already_stays(harness: Harness, exported: Path, store: Store) -> None:
    assert "Imported 0 runs; 3 were there already" in harness("import", exported).stdout
    assert len(store.records()) == 3


def test_a_run_that_lost_its_folder_gets_it_back(
    harness: Harness, exported: Path, toy_runs: list[RunRecord], home: Path
) -> None:
    shutil.rmtree(home / toy_runs[0].artifacts)
    assert "Imported 1 runs" in harness("import", exported).stdout
    assert harness("verify", "--strict").exit_code == 0


def test_no_folder_of_the_machine_is_in_it(
    harness: Harness, exported: Path, home: Path, tmp_path: Path
) -> None:
    for path in exported.rglob("*"):
        if path.suffix in (".json", ".csv", ".md", ".html"):
            assert str(tmp_path) not in path.read_text()


def test_a_place_is_never_overwritten(harness: Harness, exported: Path) -> None:
    result = harness("export", exported)
    assert result.exit_code == 2
    assert "exists already" in result.stderr


def test_without_predictions_nothing_is_proved(
    harness: Harness, toy_runs: list[RunRecord], tmp_path: Path
) -> None:
    harness("export", tmp_path / "bare", "--no-predictions")
    result = harness("verify", tmp_path / "bare")
    assert "3 could not be checked" in result.stdout
    assert result.exit_code == 2
    assert "Nothing could be checked" in result.stderr


def other_bytes(folder: Path, run: Path) -> None:
    (run / "predictions.h5").write_bytes(b"x" * (run / "predictions.h5").stat().st_size)


def cut_off(folder: Path, run: Path) -> None:
    (run / "scores.csv").write_text("planet_ID\n")


def full_of_holes(folder: Path, run: Path) -> None:
    with (run / "predictions.h5").open("r+b") as file:
        file.truncate(2**35)
    manifest = manifest_of(folder)
    manifest["files"][(run / "predictions.h5").relative_to(folder).as_posix()]["bytes"] = 2**35
    write_manifest(folder, manifest)


def missing(folder: Path, run: Path) -> None:
    (run / "schema.json").unlink()


def linked_file(folder: Path, run: Path) -> None:
    (run / "scores.csv").rename(folder / "real.csv")
    (run / "scores.csv").symlink_to(folder / "real.csv")


def linked_folder(folder: Path, run: Path) -> None:
    run.rename(folder / "real")
    run.symlink_to(folder / "real")


def pipe(folder: Path, run: Path) -> None:
    (run / "scores.csv").unlink()
    os.mkfifo(run / "scores.csv")


def climbing(folder: Path, run: Path) -> None:
    manifest = manifest_of(folder)
    manifest["files"]["../../outside.txt"] = {"bytes": 0, "sha256": "0" * 64}
    write_manifest(folder, manifest)


def climbing_id(folder: Path, run: Path) -> None:
    manifest = manifest_of(folder)
    manifest["files"]["runs/../record.json"] = {"bytes": 0, "sha256": "0" * 64}
    write_manifest(folder, manifest)


def executable(folder: Path, run: Path) -> None:
    (run / "estimator.pkl").write_bytes(b"x")
    sign(folder, run / "estimator.pkl")


def other_id(folder: Path, run: Path) -> None:
    record = json.loads((run / "record.json").read_text())
    (run / "record.json").write_text(json.dumps({**record, "run_id": "another"}))
    sign(folder, run / "record.json")


def pointing_elsewhere(folder: Path, run: Path) -> None:
    record = json.loads((run / "record.json").read_text())
    (run / "record.json").write_text(json.dumps({**record, "artifacts": "../../etc"}))
    sign(folder, run / "record.json")


def failed(folder: Path, run: Path) -> None:
    record = json.loads((run / "record.json").read_text())
    (run / "record.json").write_text(json.dumps({**record, "status": "failed"}))
    sign(folder, run / "record.json")


def no_json(folder: Path, run: Path) -> None:
    (folder / "manifest.json").write_text("[" * 5000)


def newer(folder: Path, run: Path) -> None:
    write_manifest(folder, {**manifest_of(folder), "schema_version": 2})


def no_hash(folder: Path, run: Path) -> None:
    manifest = manifest_of(folder)
    manifest["files"]["README.md"]["sha256"] = "0"
    write_manifest(folder, manifest)


def linked_manifest(folder: Path, run: Path) -> None:
    (folder / "manifest.json").rename(folder.parent / "manifest.json")
    (folder / "manifest.json").symlink_to(folder.parent / "manifest.json")


def no_manifest(folder: Path, run: Path) -> None:
    (folder / "manifest.json").unlink()


def without_board(folder: Path, run: Path) -> None:
    (folder / "board.json").unlink()
    manifest = manifest_of(folder)
    del manifest["files"]["board.json"]
    write_manifest(folder, manifest)


def foreign_file(folder: Path, run: Path) -> None:
    (run / "notes.txt").write_text("I won.\n")


def foreign_run(folder: Path, run: Path) -> None:
    shutil.copytree(run, folder / "runs" / "another")


HOSTILE = [
    other_bytes,
    cut_off,
    full_of_holes,
    missing,
    linked_file,
    linked_folder,
    pipe,
    climbing,
    climbing_id,
    executable,
    other_id,
    pointing_elsewhere,
    failed,
    no_json,
    newer,
    no_hash,
    linked_manifest,
    no_manifest,
    without_board,
    foreign_file,
    foreign_run,
]


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: change.__name__)
def test_a_hostile_export_is_one_sentence_and_nothing_is_taken_in_or_proved(
    harness: Harness, elsewhere: Path, home: Path, change: Callable[[Path, Path], None]
) -> None:
    change(elsewhere, sorted((elsewhere / "runs").iterdir())[0])
    result = harness("import", elsewhere)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "pattern" not in result.stderr
    verified = harness("verify", elsewhere)
    assert (verified.exit_code, verified.stdout, verified.stderr) == (2, "", result.stderr)
    assert list(home.glob("runs/*")) == []


def test_an_entry_that_was_left_out_of_an_export_is_told(harness: Harness, elsewhere: Path) -> None:
    board = json.loads((elsewhere / "board.json").read_text())
    del board["entries"][0]
    (elsewhere / "board.json").write_text(json.dumps(board))
    sign(elsewhere, elsewhere / "board.json")
    result = harness("verify", elsewhere)
    assert result.exit_code == 2
    assert "of the runs beside it are on no entry" in result.stdout


def test_what_version_control_hides_beside_an_export_is_no_harm(harness: Harness, elsewhere: Path) -> None:
    (elsewhere / ".gitattributes").write_text("*.h5 filter=lfs\n")
    (elsewhere / "runs" / ".DS_Store").touch()
    assert harness("verify", elsewhere, "--strict").exit_code == 0
    assert harness("import", elsewhere).exit_code == 0


def test_a_changed_record_of_a_run_that_is_there_is_refused(
    harness: Harness, exported: Path, store: Store
) -> None:
    path = sorted((exported / "runs").iterdir())[0] / "record.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "device": "another"}))
    sign(exported, path)
    result = harness("import", exported)
    assert result.exit_code == 2
    assert "A different run with the id" in result.stderr


def flatter(folder: Path, *, planets: bool) -> str:
    """Raise the first score of a run in its record, and perhaps in its table of planets; the run's id."""
    run = sorted((folder / "runs").iterdir())[0]
    record = json.loads((run / "record.json").read_text())
    score = record["scores"][0]
    score["value"] += 100
    (run / "record.json").write_text(json.dumps(record))
    if planets:
        with (run / "scores.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        with (run / "scores.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            name = score["scorer"]["name"]
            writer.writerows({**row, name: float(row[name]) + 100} for row in rows)
    for name in ("record.json", "scores.csv"):
        sign(folder, run / name)
    return run.name


def test_a_flattering_record_is_found_out_after_import(harness: Harness, elsewhere: Path) -> None:
    flatter(elsewhere, planets=True)
    assert harness("import", elsewhere).exit_code == 0
    assert harness("verify").exit_code == 2
    assert harness("verify", elsewhere).exit_code == 2


def test_a_record_that_contradicts_its_own_planets_is_refused(
    harness: Harness, elsewhere: Path, home: Path
) -> None:
    run_id = flatter(elsewhere, planets=False)
    result = harness("import", elsewhere)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert f"Run {run_id}: 'ariel' is" in result.stderr
    assert harness("verify", elsewhere).exit_code == 2
    assert list(home.glob("runs/*")) == []


def test_a_part_that_contradicts_its_planets_is_refused(harness: Harness, elsewhere: Path) -> None:
    run = sorted((elsewhere / "runs").iterdir())[0]
    record = json.loads((run / "record.json").read_text())
    part, estimate = next(iter(record["scores"][0]["parts"].items()))
    estimate["value"] += 100
    (run / "record.json").write_text(json.dumps(record))
    sign(elsewhere, run / "record.json")
    result = harness("import", elsewhere)
    assert result.exit_code == 2
    assert f"'ariel/{part}' is" in result.stderr


@pytest.mark.parametrize("command", ["import", "add"])
def test_a_text_of_any_length_is_refused(harness: Harness, elsewhere: Path, home: Path, command: str) -> None:
    path = sorted((elsewhere / "runs").iterdir())[0] / "record.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "label": "x" * 100_000}))
    sign(elsewhere, path)
    result = harness(command, elsewhere)
    assert result.exit_code == 2
    assert "a text of 100,000 characters in 'label'; expected at most 400" in result.stderr
    assert len(result.stderr) < 500
    assert not home.exists()


def test_a_damaged_run_is_not_exported(
    harness: Harness, toy_runs: list[RunRecord], home: Path, tmp_path: Path
) -> None:
    (home / toy_runs[0].artifacts / "scores.csv").write_text("garbage\n")
    result = harness("export", tmp_path / "out")
    assert result.exit_code == 2
    assert "scores.csv is damaged (it has no column 'planet_ID')" in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_export_without_predictions_does_not_say_that_it_can_be_checked(
    harness: Harness, toy_runs: list[RunRecord], tmp_path: Path
) -> None:
    assert "nobody can check" in harness("export", tmp_path / "bare", "--no-predictions").stdout
    assert "checks their scores" in harness("export", tmp_path / "whole").stdout


def test_predictions_come_after_a_board_without_them(
    harness: Harness, toy_runs: list[RunRecord], home: Path, tmp_path: Path
) -> None:
    harness("export", tmp_path / "bare", "--no-predictions")
    harness("export", tmp_path / "whole")
    shutil.rmtree(home)
    harness("import", tmp_path / "bare")
    result = harness("import", tmp_path / "whole")
    assert "3 were there already, of which 3 got files that they lacked" in result.stdout
    assert harness("verify", "--strict").exit_code == 0
    assert json.loads(harness("import", tmp_path / "whole", "--json").stdout)["completed"] == []


def test_nothing_is_left_where_the_store_is_locked(
    harness: Harness, elsewhere: Path, home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put([])
    monkeypatch.setattr("harness_leaderboard.connections.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = harness("import", elsewhere)
    assert result.exit_code == 2
    assert "locked by another process" in result.stderr
    assert list((home / "runs").iterdir()) == []
    assert harness("import", elsewhere).exit_code == 0
