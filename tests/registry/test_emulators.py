"""Emulators of forward models: whichever plugin knows the file opens it; none has the last word."""

from __future__ import annotations

from pathlib import Path

import pluggy
import pytest
import torch

import harness
from harness.challenges.toy import Toy
from harness.components import ForwardModel, FunctionForwardModel
from harness.data.schema import Schema
from harness.registry import emulators, hookspecs
from harness.registry.emulators import emulated

SCHEMA = Toy.create({"train": 4, "valid": 1, "test": 1, "rows": 100}, name="toy").schema
EXACT = FunctionForwardModel(lambda parameters, *_: 2 * parameters, "doubled", ("star_radius_m",))


class Keeper:
    """A plugin whose emulators triple."""

    @harness.hookimpl
    def open_emulator(self, path: Path, forward: ForwardModel, schema: Schema) -> ForwardModel | None:
        assert forward is EXACT
        assert schema == SCHEMA
        if path.suffix != ".tripled":
            return None
        return FunctionForwardModel(lambda parameters, *_: 3 * parameters, "tripled")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugins but that one."""
    plugins = pluggy.PluginManager(hookspecs.PROJECT)
    plugins.add_hookspecs(hookspecs)
    plugins.register(Keeper())
    monkeypatch.setattr(emulators, "manager", lambda: plugins)


def test_the_emulator_explores_and_the_model_itself_has_the_last_word(tmp_path: Path) -> None:
    (tmp_path / "it.tripled").touch()
    forward = emulated(EXACT, tmp_path / "it.tripled", SCHEMA)
    one = torch.ones(1, 1)
    assert forward(one).item() == 2
    assert forward.quick()(one).item() == 3
    assert forward.measured().quick()(one).item() == 3
    assert forward.needs == EXACT.needs
    assert forward.identity not in (EXACT.identity, forward.quick().identity)


def test_a_file_that_is_missing_or_of_no_plugin_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(harness.HarnessError, match="There is no emulator"):
        emulated(EXACT, str(tmp_path / "it.tripled"), SCHEMA)
    with pytest.raises(harness.HarnessError, match="is a folder; expected the file of an emulator"):
        emulated(EXACT, tmp_path, SCHEMA)
    (tmp_path / "it.other").touch()
    with pytest.raises(harness.HarnessError, match="no emulator that an installed plugin can open"):
        emulated(EXACT, str(tmp_path / "it.other"), SCHEMA)
