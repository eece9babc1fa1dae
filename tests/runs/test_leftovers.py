"""`harness runs`: what lies in a home, and what of it can go."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from harness.data.record import RunRecord
from harness.runs.checkpoint import Checkpoint
from harness.runs.home import Home
from harness.runs.leftovers import leftovers
from harness.runs.run_folder import UnfinishedRun

Invoke = Callable[..., Result]

SMALL = ("-c", "toy", "--set", "challenge.train=20", "--set", "challenge.test=2", "-s", "r2")


@pytest.fixture
def record(invoke: Invoke, home: Path) -> RunRecord:
    """The record of a finished run in the home."""
    assert invoke("run", "-e", "prior", *SMALL, "--name", "mine").exit_code == 0
    (path,) = home.glob("runs/*/record.json")
    return RunRecord.read(path)


def another(record: RunRecord, home: Path, run_id: str, **changed: object) -> None:
    """A run like it, with other facts."""
    (home / "runs" / run_id).mkdir()
    record.model_copy(update={"run_id": run_id, **changed}).write(home / "runs" / run_id / "record.json")


def checkpoint(home: Path, name: str, n_bytes: int = 1000) -> Path:
    folder = home / "checkpoints" / name
    folder.mkdir(parents=True)
    (folder / "step").write_bytes(bytes(n_bytes))
    return folder


def test_checkpoints_of_finished_and_unrecorded_runs_can_go_and_others_stay(
    invoke: Invoke, record: RunRecord, home: Path
) -> None:
    another(record, home, "stopped", identity="aaaa", status="interrupted")
    finished, gone, needed = (checkpoint(home, name) for name in (record.identity, "bbbb", "aaaa"))
    at_work = Checkpoint(home / "checkpoints", "cccc", resume=False)
    told = json.loads(invoke("runs", "prune", "--json").stdout)
    assert {one["path"] for one in told["leftovers"]} == {str(finished), str(gone)}
    assert (told["bytes"], {one["deleted"] for one in told["leftovers"]}) == (2000, {False})
    assert finished.exists()
    told = json.loads(invoke("runs", "prune", "--json", "--yes").stdout)
    assert (told["bytes"], {one["deleted"] for one in told["leftovers"]}) == (2000, {True})
    assert sorted((home / "checkpoints").iterdir()) == [needed, at_work.path, home / "checkpoints/cccc.lock"]
    at_work.close(keep=False)


def test_what_killed_processes_left_among_the_runs_can_go(
    invoke: Invoke, record: RunRecord, home: Path
) -> None:
    living = UnfinishedRun(home / "runs", "living")
    for name in (".old.partial", ".removed-one"):
        (home / "runs" / name).mkdir()
    (home / "runs" / ".write-test-1").touch()
    shown = invoke("runs", "prune").stdout
    assert "runs/.old.partial" in shown
    assert "3 can go, 0.0 MB in all; 'harness runs prune --yes' deletes them." in shown
    assert "Deleted 3 of 3" in invoke("runs", "prune", "--yes").stdout

    assert {path.name for path in (home / "runs").iterdir()} == {
        record.run_id,
        ".living.partial",
        ".living.lock",
    }
    living.discard()
    assert "Nothing in" in invoke("runs", "prune").stdout


def test_a_link_goes_and_what_it_leads_to_stays(invoke: Invoke, home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("mine")
    for folder, name in ((home / "runs", ".evil.partial"), (home / "checkpoints", "evil")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(tmp_path / "elsewhere")
    assert "Deleted 2 of 2" in invoke("runs", "prune", "--yes").stdout
    assert (tmp_path / "elsewhere" / "file").read_text() == "mine"


def test_what_a_process_took_up_meanwhile_is_not_deleted(record: RunRecord, home: Path) -> None:
    checkpoint(home, "bbbb")
    (found,) = leftovers(Home(home))
    resumed = Checkpoint(home / "checkpoints", "bbbb", resume=True)
    assert not found.delete()
    assert (resumed.path / "step").exists()
    resumed.close(keep=False)


def test_a_lock_without_a_checkpoint_can_go(invoke: Invoke, record: RunRecord, home: Path) -> None:
    (home / "checkpoints" / "bbbb.lock").touch()
    assert invoke("runs", "prune", "--yes").exit_code == 0
    assert list((home / "checkpoints").iterdir()) == []


def test_runs_are_listed_and_their_folders_told(invoke: Invoke, record: RunRecord, home: Path) -> None:
    shown = invoke("runs", "list").stdout
    assert record.run_id in shown
    assert "mine" in shown
    assert json.loads(invoke("runs", "list", "--json").stdout) == [record.model_dump(mode="json")]
    assert invoke("runs", "path", "mine").stdout == f"{home / 'runs' / record.run_id}\n"
    damaged = home / "runs" / "damaged"
    damaged.mkdir()
    (damaged / "record.json").touch()
    assert f"Left out {damaged}: its record.json cannot be read" in invoke("runs", "list").stderr


def test_an_empty_home_has_nothing_to_list_or_to_delete(invoke: Invoke, home: Path) -> None:
    assert "no runs" in invoke("runs", "list").stdout
    assert "Nothing in" in invoke("runs", "prune", "--yes").stdout
    assert not home.exists()


def test_a_run_is_shown_with_the_room_of_its_files(invoke: Invoke, record: RunRecord, home: Path) -> None:
    told = json.loads(invoke("runs", "show", "mine", "--json").stdout)
    assert told["record"]["run_id"] == record.run_id
    assert told["bytes"]["predictions.h5"] == (home / record.artifacts / "predictions.h5").stat().st_size
    shown = invoke("runs", "show", record.run_id[:20]).stdout
    for said in (record.run_id, "mine", "prior of ariel-harness", "predictions.h5", "r2", " kB  record.json"):
        assert said in shown
    assert invoke("runs", "show", "nobody").exit_code == 2


def test_the_list_of_runs_tells_the_room_that_they_take(
    invoke: Invoke, record: RunRecord, home: Path
) -> None:
    shown = invoke("runs", "list").stdout
    assert record.run_id in shown
    assert "MB" in shown
    assert f"1 runs; {home} holds" in " ".join(shown.split())
