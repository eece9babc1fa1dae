"""`harness.leaderboard`: whichever plugin keeps a board gives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pluggy
import pytest

import harness
from harness.registry import hookspecs
from harness.registry.plugins import manager
from harness.runs import board


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[pluggy.PluginManager]:
    """No plugins but those that a test registers."""
    alone = pluggy.PluginManager(hookspecs.PROJECT)
    alone.add_hookspecs(hookspecs)
    monkeypatch.setattr(board, "manager", lambda: alone)
    yield alone
    assert manager() is not alone


def test_without_a_leaderboard_it_is_said_what_to_install(plugins: pluggy.PluginManager) -> None:
    with pytest.raises(harness.HarnessError, match="install the distribution harness-leaderboard"):
        harness.leaderboard()


def test_the_first_plugin_with_a_board_is_asked(plugins: pluggy.PluginManager, tmp_path: Path) -> None:
    class Keeper:
        @harness.hookimpl
        def leaderboard_table(self, home: Path, challenge: str | None, sort: str | None) -> pd.DataFrame:
            return pd.DataFrame({"asked": [str(home), challenge, sort]})

    class Silent:
        @harness.hookimpl
        def leaderboard_table(self) -> None:
            return None

    plugins.register(Keeper())
    plugins.register(Silent())
    table = harness.leaderboard("toy", sort="r2", home=tmp_path)
    assert table["asked"].tolist() == [str(tmp_path), "toy", "r2"]
