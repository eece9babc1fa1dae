"""Fixtures for every test of this repository."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run in parallel; before torch is imported

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main

Invoke = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty harness home that every command of the test uses."""
    folder = tmp_path / "home"
    monkeypatch.setenv("HARNESS_HOME", str(folder))
    return folder


@pytest.fixture
def invoke(home: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Call the `harness` command in this process: `invoke("run", "--all")`."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return call


@pytest.fixture
def shared_data() -> Path:
    """The published data that lie beside the repository."""
    return Path(__file__).parent.parent / "shared" / "data"
