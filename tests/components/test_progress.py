"""Where there is no terminal, a plain line now and then says how far the work is."""

from __future__ import annotations

import logging

import pytest

from harness.components import progress
from harness.components.run import Run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have passed, to be set by the test."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def work(run: Run, clock: list[float]) -> None:
    with run.progress("training", 8000) as advance:
        for step, second in ((100, 1.0), (1100, 16.0), (100, 20.0), (2700, 400.0), (4000, 800.0)):
            clock[0] = second
            advance(step, f"loss {second:g}")


LINES = [
    "npe: training: 1,200 of 8,000, loss 16, 2 min left",
    "npe: training: 4,000 of 8,000, loss 400, 7 min left",
    "npe: training: 8,000 of 8,000, loss 800",
]


def test_a_line_comes_now_and_then_with_the_time_that_is_left(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    work(Run(name="npe", quiet=False), clock)
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.splitlines() == LINES


def test_quiet_work_is_logged_all_the_same(
    clock: list[float], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        work(Run(name="npe"), clock)
    assert capsys.readouterr() == ("", "")
    assert caplog.messages == LINES


def test_short_work_says_nothing(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Run(quiet=False).progress("training", 2) as advance:
        advance(1)
        clock[0] = 14.0
        advance(1)
    assert capsys.readouterr() == ("", "")
