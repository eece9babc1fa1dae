"""A few of the inputs that `benchmarks/fuzz_readers.py` makes; all of them take minutes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import main

COMMAND = Path(__file__).parents[2] / "benchmarks" / "fuzz_readers.py"


@pytest.mark.skipif(sys.platform != "linux", reason="inputs are tried in forks")
def test_damaged_inputs_end_in_one_sentence_or_are_read():
    readers = ("submission", "spectrum", "record", "settings", "text")
    asked = [word for reader in readers for word in ("--reader", reader)]
    done = subprocess.run(
        [
            sys.executable,
            COMMAND,
            "--inputs",
            "2",
            "--seed",
            "2026",
            "--json",
            "--estimator",
            "nearest",
            *asked,
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts.keys() == set(readers)
    for outcomes in counts.values():
        assert sum(outcomes.values()) == 2
        assert outcomes.keys() <= {"refused in one sentence", "read"}


@pytest.mark.parametrize("command", [("leaderboard",), ("runs", "list"), ("runs", "prune")])
def test_the_name_of_an_empty_home_is_printed_without_control_characters(tmp_path, command, capsys):
    with pytest.raises(SystemExit):
        main([*command, "--home", str(tmp_path / "\x9b31m")])
    printed = capsys.readouterr().out
    assert str(tmp_path) in printed
    assert all(line.isprintable() for line in printed.splitlines())
