"""The Python that is documented runs as it stands, and the names that it calls stable are there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import harness

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def shown() -> list[str]:
    """The lines of Python, block by block."""
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_lines_run_as_they_stand(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in shown():
        exec(compile(block, str(PAGE), "exec"), names)
    table, board = names["table"], names["board"]
    assert isinstance(table, pd.DataFrame)
    assert isinstance(board, pd.DataFrame)
    assert list(table.columns[:3]) == ["planet_ID", "partition", "ariel"]
    assert len(table) == 20
    assert list(board["estimator"]) == ["nearest"]
    assert "planet_radius" in capsys.readouterr().out
    assert len(list(home.glob("runs/*/record.json"))) == 1


def test_the_first_lines_are_about_ten() -> None:
    assert len([line for line in shown()[0].splitlines() if line]) <= 10


def test_the_names_that_are_called_stable_are_the_public_ones() -> None:
    table = PAGE.read_text().partition("## What is stable")[2]
    told = {
        name
        for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)", cell)
    }
    assert told == set(harness.__all__)
    for name in harness.__all__:
        assert getattr(harness, name).__doc__


def test_the_policy_of_waiting_threads_is_set_before_torch_is_there() -> None:
    program = "import harness, os, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    environment = {"PATH": "", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert told.split() == ["passive", "False"]
    environment["OMP_WAIT_POLICY"] = "active"
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert told.split() == ["active", "False"]
