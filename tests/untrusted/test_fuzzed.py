"""A few of the inputs that `benchmarks/fuzz_readers.py` makes; all of them take minutes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[2] / "benchmarks" / "fuzz_readers.py"


@pytest.mark.skipif(sys.platform != "linux", reason="inputs are tried in forks")
def test_damaged_inputs_end_in_one_sentence_or_are_read():
    readers = ("submission", "spectrum", "record", "settings", "text")
    asked = [word for reader in readers for word in ("--reader", reader)]
    done = subprocess.run(
        [sys.executable, COMMAND, "--inputs", "2", "--seed", "2026", "--json", *asked],
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
