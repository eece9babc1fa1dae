"""A run that is killed at any moment leaves nothing that another one stumbles over, and is lost by nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

KILLED_STEP_BY_STEP = """
import contextlib, io, json, os, signal, sys
from pathlib import Path

from harness.cli import main
from harness.runs.run_folder import UnfinishedRun
from harness.runs.runner import execute

KILLS = 8
here = Path(sys.argv[1])
small = ["-c", "toy", "--set", "challenge.train=40", "--set", "challenge.test=3", "-s", "r2"]


def command(*words):
    try:
        main([*words])
    except SystemExit as end:
        return end.code


def run(home, *more):
    return command("run", "-e", "nearest", *small, "--json", "--home", str(home), *more)


def boards(home):
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert command("leaderboard", "--json", "--home", str(home)) == 0
    return json.loads(told.getvalue())


def while_recording(act):
    "Call `act` at every step of the harness's code from before the folder's renaming to the end of the run."
    watching = False

    def watch(frame, event, argument):
        nonlocal watching
        watching |= frame.f_code is UnfinishedRun.complete.__code__
        watching &= (frame.f_code, event) != (execute.__code__, "return")
        if watching and "harness" in frame.f_code.co_filename:
            act()

    sys.setprofile(watch)


steps = 0
def count():
    global steps
    steps += 1

run(here / "first, which imports")
while_recording(count)
run(here / "whole")
sys.setprofile(None)

finished = []
for kill in range(KILLS):
    at, home = kill * (steps - 1) // (KILLS - 1), here / str(kill)
    child = os.fork()
    if child == 0:
        left = at
        def end():
            global left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
        while_recording(end)
        run(home)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL, at
    finished.append(len(list(home.glob("runs/[!.]*/record.json"))))
    assert len(boards(home)) == finished[-1], at  # on the board if it is on disk
    assert run(home, "--resume") == 0
    assert len(list(home.glob("runs/*"))) == 1, at
    assert len(boards(home)) == 1, at
    assert not [path for path in home.glob("*/.*")] + [*home.glob("checkpoints/*")], at
print("\\n" + json.dumps({"steps": steps, "finished": finished}))
"""


def test_a_run_killed_at_any_step_of_its_recording_is_on_the_board_after_resume(tmp_path: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "160"}
    done = subprocess.run(
        [sys.executable, "-c", KILLED_STEP_BY_STEP, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["steps"] > 100
    assert set(told["finished"]) == {0, 1}  # killed before the renaming and after it
