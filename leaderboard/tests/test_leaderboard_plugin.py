"""The leaderboard as a plugin: its hooks, its entry point, and what it imports."""

import importlib.metadata
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pluggy
import pytest
from harness_leaderboard import connections, plugin
from harness_leaderboard.store import Store

from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.registry import hookspecs

Make = Callable[..., RunRecord]


@pytest.fixture
def hooks() -> pluggy.HookRelay:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    manager.check_pending()
    return manager.hook


def test_the_distribution_names_the_plugin() -> None:
    points = importlib.metadata.entry_points(group="harness", name="leaderboard")
    assert {point.value for point in points} == {"harness_leaderboard.plugin"}


def test_a_finished_run_goes_on_the_board(hooks: pluggy.HookRelay, home: Path, make_record: Make) -> None:
    record = make_record()
    hooks.run_finished(record=record, home=home)
    assert Store.of(home).records() == [record]


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_a_run_that_did_not_finish_is_kept_too(
    hooks: pluggy.HookRelay, home: Path, make_record: Make, status: str
) -> None:
    record = make_record(status=status, error="RuntimeError: no")
    hooks.run_failed(record=record, error=RuntimeError("no"), home=home)
    assert Store.of(home).records() == [record]


def test_a_full_disk_says_that_the_run_is_safe(
    hooks: pluggy.HookRelay, home: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.run_finished(record=make_record(), home=home)
    connect = connections._connect

    def on_a_full_disk(path: Path, how: str) -> object:
        connection = connect(path, how)
        connection.execute("PRAGMA max_page_count = 1")  # SQLite raises it to the pages there are
        return connection

    monkeypatch.setattr(connections, "_connect", on_a_full_disk)
    record = make_record(error="x" * 100_000)
    folder = home / record.artifacts
    with pytest.raises(HarnessError) as caught:
        hooks.run_finished(record=record, home=home)
    assert "database or disk is full" in str(caught.value)
    assert f"safe in {folder}" in str(caught.value)
    assert f"'harness leaderboard add {folder}'" in str(caught.value)


def test_a_damaged_store_says_that_the_run_is_safe(
    hooks: pluggy.HookRelay, home: Path, make_record: Make
) -> None:
    home.mkdir()
    Store.of(home).path.write_text("no database " * 100)
    with pytest.raises(HarnessError, match="safe in"):
        hooks.run_finished(record=make_record(), home=home)


def imported(statements: str) -> set[str]:
    script = f"import sys\n{statements}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return {name.partition(".")[0] for name in done.stdout.splitlines()}


def test_the_command_line_starts_without_anything_heavy() -> None:
    statements = "import harness_leaderboard.plugin as p; p.register_commands(lambda *given, **more: None)"
    assert not imported(statements) & {"torch", "pandas", "numpy", "pydantic", "rich", "sqlite3", "sklearn"}


def test_the_board_is_shown_without_torch(store: Store, home: Path, make_record: Make) -> None:
    store.put([make_record()])
    statements = (
        "from harness_leaderboard.commands import leaderboard\n"
        f"leaderboard(['--home', {str(home)!r}], standalone_mode=False)"
    )
    assert not imported(statements) & {"torch", "pandas", "sklearn"}
