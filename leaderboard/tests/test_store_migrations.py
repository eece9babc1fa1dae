"""Versions of the store: old ones are brought up to date, newer ones refused."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness_leaderboard.migrations import MIGRATIONS, migrate, version_of
from harness_leaderboard.store import Store

from harness.data.record import RunRecord
from harness.errors import HarnessError

FILE = Path("leaderboard.sqlite")
NEXT = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0",))


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    yield opened
    opened.close()


def columns(connection: sqlite3.Connection) -> list[str]:
    return [row[1] for row in connection.execute("PRAGMA table_info(runs)")]


def test_an_empty_file_gets_every_migration(connection: sqlite3.Connection) -> None:
    migrate(connection, FILE)
    assert version_of(connection, FILE) == len(MIGRATIONS)
    assert columns(connection) == ["run_id", "label", "fingerprint", "status", "started_at", "record"]


def test_an_older_store_keeps_its_runs(connection: sqlite3.Connection) -> None:
    migrate(connection, FILE)
    connection.execute("INSERT INTO runs VALUES ('a', NULL, 'f', 'finished', '2026', '{}')")
    migrate(connection, FILE, NEXT)
    assert version_of(connection, FILE, len(NEXT)) == len(NEXT)
    assert connection.execute("SELECT run_id, starred FROM runs").fetchall() == [("a", 0)]


def test_migrating_twice_changes_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection, FILE, NEXT)
    migrate(connection, FILE, NEXT)
    assert columns(connection).count("starred") == 1


def test_a_migration_that_fails_leaves_the_store_as_it_was(connection: sqlite3.Connection) -> None:
    migrate(connection, FILE)
    before = columns(connection)
    broken = (*NEXT, ("DROP TABLE runs", "this is no SQL"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, FILE, broken)
    assert columns(connection) == before
    assert version_of(connection, FILE) == len(MIGRATIONS)


def test_a_store_that_is_created_while_it_is_looked_at_is_not_taken_for_another_file(tmp_path: Path) -> None:
    path = tmp_path / FILE
    creator, looker = (sqlite3.connect(path, isolation_level=None) for _ in range(2))
    creator.execute("PRAGMA journal_mode = WAL")

    def create_meanwhile(statement: str) -> None:
        if "sqlite_master" in statement:
            migrate(creator, path)

    looker.set_trace_callback(create_meanwhile)
    assert version_of(looker, path) == 0
    looker.set_trace_callback(None)
    assert version_of(looker, path) == len(MIGRATIONS)
    creator.close()
    looker.close()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(
    store: Store, make_record: Callable[..., RunRecord]
) -> None:
    store.put([make_record()])
    connection = sqlite3.connect(store.path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = store.path.read_bytes()
    for action in (store.records, lambda: store.put([make_record()])):
        with pytest.raises(HarnessError, match=r"newer harness-leaderboard.*upgrade"):
            action()
    assert store.path.read_bytes() == before


def test_somebody_elses_database_is_refused_and_left_alone(
    store: Store, make_record: Callable[..., RunRecord]
) -> None:
    store.path.parent.mkdir()
    connection = sqlite3.connect(store.path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    before = store.path.read_bytes()
    with pytest.raises(HarnessError, match="not a leaderboard"):
        store.put([make_record()])
    assert store.path.read_bytes() == before
