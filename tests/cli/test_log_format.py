"""Lines of progress as JSON, for schedulers."""

from __future__ import annotations

import json

import pytest

from conftest import Invoke
from harness.components import progress


def test_every_line_is_a_json_object_with_stage_step_and_time_left(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    toy = ("--set", "toy.train=80", "--set", "toy.valid=20", "--set", "toy.test=4", "-s", "r2")
    trees = ("-e", "random-forest", "--set", "random-forest.trees=30")
    done = invoke("--log-format", "json", "run", "-c", "toy", *trees, *toy)
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    steps = [line for line in lines if "step" in line]
    told = {"time", "stage", "step", "total", "seconds_left", "message"}
    assert any(told <= set(line) for line in steps)
    assert all(0 <= line["step"] <= line["total"] for line in steps)
    plain = invoke("run", "-c", "toy", "-e", "prior", *toy)
    assert not [line for line in plain.stderr.splitlines() if line.startswith("{")]


@pytest.mark.parametrize(
    ("words", "meant"),
    [(("run", "-c", "toy", "-e", "neerest"), "nearest"), (("rn",), "run")],
    ids=["method", "command"],
)
def test_an_error_is_one_line_of_json_too(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], meant: str
) -> None:
    monkeypatch.setenv("HARNESS_LOG_FORMAT", "json")
    done = invoke(*words)
    assert done.exit_code == 2
    [line] = [json.loads(line) for line in done.stderr.splitlines()]
    assert line["level"] == "error"
    assert f"did you mean '{meant}'" in line["message"]
