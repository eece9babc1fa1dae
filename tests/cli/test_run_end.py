"""The end of `harness run`: plugins may print below the scores."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

SMALL = ("-c", "toy", "--set", "challenge.train=60", "--set", "challenge.test=5")
AFTERWARDS = """
    from harness import hookimpl

    @hookimpl
    def runs_reported(records, home):
        print("afterwards", *(f"{record.estimator.name}:{record.status}" for record in records))
"""


def test_a_plugin_may_print_below_the_scores_of_all_runs(
    install: Callable[[str, str], Path], process: Callable[..., subprocess.Popen[str]]
) -> None:
    plugin = install("afterwards", AFTERWARDS)
    started = process("run", "-e", "prior", "-e", "nearest", *SMALL, "-s", "r2", seeing=(plugin,))
    output, errors = started.communicate()
    assert started.returncode == 0, errors
    assert output.count("afterwards prior:finished nearest:finished") == 1
    assert output.index("nearest on toy") < output.index("afterwards")


def test_json_is_not_followed_by_anything(
    install: Callable[[str, str], Path], process: Callable[..., subprocess.Popen[str]]
) -> None:
    plugin = install("afterwards", AFTERWARDS)
    output, _ = process("run", "-e", "prior", *SMALL, "--json", seeing=(plugin,)).communicate()
    assert "afterwards" not in output


@pytest.mark.parametrize("width", [60, 80, 120])
def test_scores_are_never_wider_than_the_terminal(
    invoke: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    shown = invoke("run", "-e", "prior", *SMALL).stdout.partition("training and")[0]
    assert max(map(len, shown.splitlines())) <= width
    assert shown.count("planet_radius") == {60: 3, 80: 2, 120: 1}[width]
