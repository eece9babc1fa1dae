"""The versions of the store and the way from each to the next.

The version lies in SQLite's `user_version`; a migration is a tuple of statements that leads from
version i to i + 1. A migration that has been released is never edited: a change is a new one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.errors import HarnessError

APPLICATION_ID = 0x41524C42  # "ARLB": tells the store from any other SQLite file

Migration = tuple[str, ...]

MIGRATIONS: tuple[Migration, ...] = (
    (
        """
        CREATE TABLE runs (
            run_id TEXT PRIMARY KEY,
            label TEXT,
            fingerprint TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('finished', 'failed', 'interrupted')),
            started_at TEXT NOT NULL,
            record TEXT NOT NULL
        )
        """,
        "CREATE INDEX runs_by_challenge ON runs (fingerprint, started_at)",
    ),
    # taken off the board while their folders stayed: they do not come back on their own
    ("CREATE TABLE removed (run_id TEXT PRIMARY KEY)",),
    # the scores of single planets, which ranks are told by; names and kinds of the planets once for all runs
    (
        "CREATE TABLE planets (digest TEXT PRIMARY KEY, planets TEXT NOT NULL)",
        """
        CREATE TABLE planet_scores (
            run_id TEXT PRIMARY KEY,
            digest TEXT NOT NULL,
            scorers TEXT NOT NULL,
            scores BLOB NOT NULL
        )
        """,
    ),
    # what was scored again from kept predictions: scores that a record has not, and whether its own hold
    (
        """
        CREATE TABLE added_scores (
            run_id TEXT NOT NULL,
            scorer TEXT NOT NULL,
            score TEXT NOT NULL,
            digest TEXT NOT NULL,
            per_planet BLOB NOT NULL,
            scored_with TEXT NOT NULL,
            PRIMARY KEY (run_id, scorer)
        )
        """,
        """
        CREATE TABLE checks (
            run_id TEXT PRIMARY KEY,
            record TEXT NOT NULL,
            outcome TEXT NOT NULL,
            checked_at TEXT NOT NULL
        )
        """,
    ),
    # the parts of scores, most of a record's text, as numbers; older records are kept whole
    ("CREATE TABLE parts (run_id TEXT PRIMARY KEY, names TEXT NOT NULL, numbers BLOB NOT NULL)",),
)


def version_of(connection: sqlite3.Connection, path: Path, newest: int = len(MIGRATIONS)) -> int:
    """The version of the store that `connection` is open on; 0 for an empty file.

    Raises:
        HarnessError: the file is of a newer version, or it is not a leaderboard.
    """
    with _one_moment(connection):
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        application = int(connection.execute("PRAGMA application_id").fetchone()[0])
        is_empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if application != APPLICATION_ID and not (version == 0 and is_empty):
        raise HarnessError(
            f"{path} is an SQLite file, but not a leaderboard; move it away or choose another --home."
        )
    if application == APPLICATION_ID and _is_computed(connection):
        raise HarnessError(
            f"{path} is no leaderboard that harness-leaderboard wrote: something in it is computed as it is "
            "read; move it away or choose another --home."
        )
    if version > newest:
        raise HarnessError(
            f"{path} was written by a newer harness-leaderboard (store version {version}, this one knows "
            f"up to {newest}); upgrade harness-leaderboard or choose another --home."
        )
    return version


def _is_computed(connection: sqlite3.Connection) -> bool:
    """Whether anything is a view, a trigger, a virtual table or a generated column: it may never end."""
    there = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    if any(kind in ("view", "trigger") or sql.upper().startswith("CREATE VIRTUAL") for kind, _, sql in there):
        return True
    return any(
        connection.execute("SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden LIMIT 1", (name,)).fetchone()
        for kind, name, _ in there
        if kind == "table"
    )


@contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Read everything in the block as of one moment, though another process may be migrating."""
    own = not connection.in_transaction
    if own:
        connection.execute("BEGIN")
    try:
        yield
    finally:
        if own and connection.in_transaction:
            connection.execute("ROLLBACK")


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the store to the newest version, in one transaction: wholly or not at all.

    `connection` is in autocommit mode. Two processes that arrive together do the work once.

    Raises:
        HarnessError: as `version_of`.
        sqlite3.Error: a statement failed; the store is as it was.
    """
    if version_of(connection, path, len(migrations)) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # asked again, now that nobody else can write: another process may just have done it
        for migration in migrations[version_of(connection, path, len(migrations)) :]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
