"""Checkpoints survive an interruption, and two processes at the same run do not harm each other."""

from pathlib import Path

from harness.runs.checkpoint import Checkpoint


def test_what_was_kept_is_there_for_a_run_that_resumes(tmp_path: Path) -> None:
    first = Checkpoint(tmp_path, "run", resume=False)
    (first.path / "step").touch()
    assert first.close(keep=True)
    second = Checkpoint(tmp_path, "run", resume=True)
    assert (second.path / "step").exists()
    second.close(keep=False)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_does_not_resume_begins_with_an_empty_folder(tmp_path: Path) -> None:
    first = Checkpoint(tmp_path, "run", resume=False)
    (first.path / "step").touch()
    first.close(keep=True)
    second = Checkpoint(tmp_path, "run", resume=False)
    assert list(second.path.iterdir()) == []
    second.close(keep=False)


def test_an_empty_folder_is_not_kept(tmp_path: Path) -> None:
    assert not Checkpoint(tmp_path, "run", resume=False).close(keep=True)
    assert list(tmp_path.iterdir()) == []


def test_the_same_run_twice_at_once_leaves_the_first_its_folder(tmp_path: Path) -> None:
    first = Checkpoint(tmp_path, "run", resume=False)
    (first.path / "step").touch()
    second = Checkpoint(tmp_path, "run", resume=False)
    (second.path / "other").touch()
    assert not second.shared
    assert [path.name for path in first.path.iterdir()] == ["step"]
    assert not second.close(keep=True)
    assert first.close(keep=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_lock_that_a_killed_process_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "run.lock").touch()
    checkpoint = Checkpoint(tmp_path, "run", resume=True)
    assert checkpoint.shared
    checkpoint.close(keep=False)
