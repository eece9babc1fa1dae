"""A run that is killed at any moment leaves nothing that another one stumbles over, and is lost by nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COMMAND = Path(__file__).parents[2] / "benchmarks" / "kill_points.py"


def test_a_run_ended_at_any_step_of_its_recording_is_on_the_board_after_resume() -> None:
    """A few of the steps; `benchmarks/kill_points.py` tries all of them in minutes."""
    asked = ("--stage", "recording", "--points", "3")
    done = subprocess.run([sys.executable, COMMAND, *asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["steps"] > 100
    assert (told["tried"], told["wrong"]) == (6, 0)
    # ended before the renaming and after it
    assert {one["kept"] for one in told["counts"]} == {"nothing", "finished"}
