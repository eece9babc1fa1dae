"""`harness doctor`: what an installation consists of, and whether it works."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import harness.runs.doctor as doctor

Invoke = Callable[..., Result]
Install = Callable[[str, str], Path]


def told(invoke: Invoke, *words: str | Path) -> dict[str, dict[str, str]]:
    found = json.loads(invoke("doctor", "--json", *words).stdout)
    return {one["what"]: one for one in found}


def test_a_working_installation_is_ok(invoke: Invoke, home: Path) -> None:
    found = told(invoke, "--home", home)
    assert {"versions", "plugins", "threads", "device", "home", "cache", "self-test"} <= found.keys()
    assert not [one for one in found.values() if one["state"] == "wrong"]
    assert "recorded in" in found["self-test"]["found"]
    assert not home.exists(), "looking makes nothing"


def test_a_plugin_that_is_left_out_is_no_fault(
    invoke: Invoke, home: Path, monkeypatch: pytest.MonkeyPatch, install_here: Install
) -> None:
    monkeypatch.setenv("HARNESS_WITHOUT", "unwanted")
    install_here("unwanted", "raise RuntimeError('imported')")
    found = told(invoke, "--no-self-test", "--home", home)
    assert found["left out"]["found"] == "unwanted 1.0, which HARNESS_WITHOUT names"


def test_a_home_that_cannot_be_is_said_with_what_to_do(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = invoke("doctor", "--no-self-test", "--home", tmp_path / "file" / "home")
    assert result.exit_code == 2
    assert "choose another with HARNESS_HOME" in result.stderr
    assert "ok" in result.stdout, "the rest is shown all the same"


def test_a_self_test_that_fails_is_a_fault(
    invoke: Invoke, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "SELF_TEST", {"challenge": {"train": 0}})
    result = invoke("doctor", "--home", home)
    assert result.exit_code == 2
    assert "self-test" in result.stderr
    assert len(result.stderr.splitlines()) == 1
