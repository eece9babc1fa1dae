"""A reader that goes away (head, less, a terminal) ends no work, and is no error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Process = Callable[..., Any]  # of subprocess.Popen[str], with pipes

SMALL = ("-c", "toy", "--set", "challenge.train=40", "--set", "challenge.test=3", "-s", "r2")


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_every_run_is_made_though_nobody_reads(
    process: Process, invoke: Callable[..., Result], home: Path, more: tuple[str, ...]
) -> None:
    with process("run", "-e", "prior", "-e", "nearest", *SMALL, *more) as started:
        started.stdout.close()
        errors = started.stderr.read()
    assert (started.returncode, errors) == (0, "")
    (board,) = json.loads(invoke("leaderboard", "--json").stdout)
    assert {entry["estimator"] for entry in board["entries"]} == {"prior", "nearest"}


def test_what_is_said_to_nobody_ends_no_run(process: Process, home: Path) -> None:
    warning = ("-e", "npe-kl", "-e", "prior", "--time-budget", "0.01")
    with process("run", *warning, *SMALL) as started:
        started.stdout.close()
        started.stderr.close()
    assert started.returncode == 0
    assert len(list(home.glob("runs/*/predictions.h5"))) == 2


@pytest.mark.parametrize("command", [("leaderboard",), ("--help",)])
def test_a_table_that_nobody_reads_is_no_error(
    process: Process, invoke: Callable[..., Result], command: tuple[str, ...]
) -> None:
    assert invoke("run", "-e", "prior", *SMALL).exit_code == 0
    with process(*command) as started:
        started.stdout.close()
        errors = started.stderr.read()
    assert (started.returncode, errors) == (0, "")
