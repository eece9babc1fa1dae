"""What strangers call things is shown as it is: no markup, no escape codes, wherever a command prints it."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import Result

from harness.challenges import load
from harness.challenges.simulated_file import write_challenge_file

Invoke = Callable[..., Result]

MARKUP = ("[/b]", "[log]", "[bold]x", "[/x] [red]", "back\\")


@pytest.fixture
def challenge(tmp_path: Path) -> Path:
    toy = load("toy", {"train": 20, "valid": 2, "test": 4, "rows": 100})
    path = tmp_path / "gift.h5"
    write_challenge_file(path, toy.schema, toy.splits, "a test", "0")
    return path


def clean(result: Result) -> None:
    assert result.exit_code == 0, result.output
    assert all(line.isprintable() for line in (result.stdout + result.stderr).splitlines())


@pytest.mark.parametrize("said", MARKUP)
def test_a_partition_ends_no_run(invoke: Invoke, challenge: Path, said: str) -> None:
    with h5py.File(challenge, "r+") as file:
        file["test"]["partition"] = np.array([b"matched", b"matched", *[said.encode()] * 2])
    for words in (
        ("data", "describe"),
        ("run", "-e", "prior", "--samples", "1000", "--scorer", "rmse", "-c"),
    ):
        result = invoke(*words, f"simulated:{challenge}")
        clean(result)
    assert said in result.stdout


@pytest.mark.parametrize("said", MARKUP)
def test_a_unit_is_shown_as_it_is(invoke: Invoke, challenge: Path, said: str) -> None:
    with h5py.File(challenge, "r+") as file:
        schema = json.loads(file.attrs["schema"])
        schema["parameters"][2]["unit"] = said
        schema["spectrum_unit"] = said
        file.attrs["schema"] = json.dumps(schema)
    result = invoke("data", "describe", f"simulated:{challenge}")
    clean(result)
    assert f"log_H2O [{said}]" in result.stdout
    assert f"um, {said}" in result.stdout


@pytest.mark.parametrize("name", ["[b].h5", "\x1b[31mred.h5", "a\nb.h5"])
def test_the_name_of_a_file_is_shown_without_controls(
    invoke: Invoke, challenge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(challenge, name)
    clean(invoke("data", "describe", f"simulated:{name}"))


@pytest.mark.parametrize("said", [*MARKUP, "bounded [/see docs]", "\x1b[2J"])
def test_a_summary_of_a_plugin_ends_no_listing(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    from dataclasses import replace

    from harness.registry.plugins import registry

    known = registry()
    one = replace(known.get("estimator", "prior"), summary=said)
    monkeypatch.setattr(type(known), "__iter__", lambda self: iter([one]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clean(invoke("plugins"))
        clean(invoke("plugins", "show", "prior"))
