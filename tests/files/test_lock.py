"""A lock lasts as long as its process, and no longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.files import lock
from harness.files.lock import Lock, take_from_the_dead

HOLDING = """
import sys, time
from pathlib import Path
from harness.files.lock import Lock
held = Lock.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_is_taken_from_a_killed_process_and_not_from_a_living_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert Lock.take(path) is None
        assert take_from_the_dead(path) is None
        holder.kill()
    taken = take_from_the_dead(path)
    assert taken is not None
    taken.release()
    assert not path.exists()


def test_a_lock_that_was_released_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        taken = Lock.take(tmp_path / "lock")
        assert taken is not None
        taken.release()


def test_where_there_are_no_locks_everybody_works_and_nobody_is_taken_for_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_locked", lambda file: None)
    both = [Lock.take(tmp_path / "lock") for _ in range(2)]
    assert take_from_the_dead(tmp_path / "lock") is None
    for one in both:
        assert one is not None
        one.release()
