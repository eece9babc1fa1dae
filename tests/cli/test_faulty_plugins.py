"""What a run says when a plugin goes wrong, and what a plugin that talks may do to the output."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from harness.data.record import RunRecord

Install = Callable[[str, str], Path]
Process = Callable[..., subprocess.Popen[str]]

SMALL = ("-c", "toy", *(f"--set=challenge.{word}" for word in ("train=60", "valid=5", "test=5", "rows=200")))

FAULTY = """
    from harness import hookimpl

    @hookimpl
    def register_preprocessors(register):
        register("unfit", "faulty_parts:Unfit", summary="fails in fit")

    @hookimpl
    def register_estimators(register):
        register("talking", "faulty_parts:Talking", summary="prints while it fits")
"""
PARTS = """
import os, subprocess, sys
from torch import nn
from harness import Preprocessor
from harness.estimators.prior import Prior

class Unfit(Preprocessor):
    def architecture(self, schema): return nn.Identity()
    def fit(self, train, schema): raise ZeroDivisionError("no planets")

class Talking(Prior):
    def fit(self, train, valid, run):
        super().fit(train, valid, run)
        print("Epoch 1/10")
        os.write(1, b"from a library in C\\n")
        subprocess.run([sys.executable, "-c", "print('from a process')"])
"""


@pytest.fixture
def faulty(install: Install) -> Path:
    """A distribution whose components each go wrong in one way."""
    folder = install("faulty", FAULTY)
    (folder / "faulty_parts.py").write_text(PARTS)
    return folder


@pytest.fixture
def ended(process: Process) -> Callable[..., tuple[int, str, str]]:
    def call(*words: str, seeing: tuple[Path, ...]) -> tuple[int, str, str]:
        started = process(*words, seeing=seeing)
        output, errors = started.communicate()
        return started.returncode, output, errors

    return call


Ended = Callable[..., tuple[int, str, str]]


def test_debug_shows_where_a_run_failed(ended: Ended, faulty: Path) -> None:
    words = ("run", "-e", "npe-kl", "-p", "unfit", *SMALL)
    said = "Error: preprocessor 'unfit' failed: ZeroDivisionError: no planets; the log is "
    (line,) = ended(*words, seeing=(faulty,))[2].splitlines()
    assert line.startswith(said)
    errors = ended("--debug", *words, seeing=(faulty,))[2]
    assert "Traceback" in errors
    assert "faulty_parts.py" in errors
    assert said in errors


def test_json_stands_alone_however_much_a_method_prints(ended: Ended, faulty: Path) -> None:
    code, output, errors = ended("run", "-e", "talking", *SMALL, "-s", "r2", "--json", seeing=(faulty,))
    assert code == 0, errors
    assert json.loads(output)["status"] == "finished"
    for said in ("Epoch 1/10", "from a library in C", "from a process"):
        assert said in errors


def test_the_contract_in_json_stands_alone_too(ended: Ended, faulty: Path) -> None:
    _, output, _ = ended("plugins", "test", "talking", "--json", seeing=(faulty,))
    assert {result["name"] for result in json.loads(output)} == {"talking"}


LOGGER = """
    from harness import HarnessError, hookimpl

    @hookimpl
    def register_estimators(register):
        register("epochs", "epochs_of:Epochs", summary="reports three epochs")

    @hookimpl
    def {hook}({arguments}):
        raise HarnessError("The tracking server is away.")
"""
EPOCHS = """
from harness.estimators.prior import Prior

class Epochs(Prior):
    def fit(self, train, valid, run):
        super().fit(train, valid, run)
        for epoch in range(3):
            run.epoch_finished({"epoch": epoch})
"""


@pytest.mark.parametrize(
    ("hook", "arguments", "recorded"),
    [("epoch_finished", "metrics", 1), ("run_finished", "record", 1), ("run_started", "run", 0)],
)
def test_a_plugin_that_refuses_ends_the_command_and_leaves_the_run_alone(
    invoke: Callable[..., Result], install_here: Install, home: Path, hook: str, arguments: str, recorded: int
) -> None:
    folder = install_here("logger", LOGGER.replace("{hook}", hook).replace("{arguments}", arguments))
    (folder / "epochs_of.py").write_text(EPOCHS)
    result = invoke("run", "-e", "epochs", "-e", "prior", *SMALL, "-s", "r2")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line == f"Error: Plugin 'logger:logger' in {hook}: The tracking server is away."
    records = [RunRecord.read(path) for path in home.glob("runs/*/record.json")]
    assert [record.status for record in records] == ["finished"] * recorded
    assert not list(home.glob("runs/.*.partial"))
