"""Connections to the SQLite store, and what SQLite's errors mean to a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from harness.errors import HarnessError
from harness_leaderboard.migrations import MIGRATIONS, migrate, version_of

BUSY_SECONDS = 60.0  # how long to wait for another process that is writing

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NOT_WRITABLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection inside a write transaction on the store, which is created or migrated if need be.

    The transaction is committed at the end of the block, or rolled back if the block raises.

    Raises:
        HarnessError: the store cannot be written to, is damaged, or is of a newer version.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connect(path, "mode=rwc")) as connection:
            version_of(connection, path)  # refuse a file that is not ours before anything touches it
            # Where the log cannot be had (another process is switching it on at this moment, or the file
            # system has no shared memory), transactions are as safe with the rollback journal.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection, path)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection to read from, or None where there is no store yet; nothing is created.

    A store in a folder that cannot be written to is read as it lies.

    Raises:
        HarnessError: the store cannot be read, is damaged, or is of a newer version.
    """
    with explained(path):
        if not path.exists() or (path.is_file() and path.stat().st_size == 0):
            yield None
            return
        if not path.is_file():
            raise HarnessError(
                f"{path} is no file; expected the store of the leaderboard: move it away and build that anew "
                f"with 'harness leaderboard add {path.parent / 'runs'}'."
            )
        with closing(_connect_to_read(path)) as connection:
            version = version_of(connection, path)
            if version < len(MIGRATIONS):
                _migrate_if_allowed(connection, path)
            yield connection


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether there is a table; a store of somebody else, of an older version, is read as it is."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


def _migrate_if_allowed(connection: sqlite3.Connection, path: Path) -> None:
    """A store of somebody else is read as it is: no migration so far changed what is read."""
    try:
        migrate(connection, path)
    except sqlite3.Error as error:
        if _code(error) not in _NOT_WRITABLE:
            raise


def _connect(path: Path, how: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{how}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _connect_to_read(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "mode=rw")
    try:
        connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        connection.close()
        log = path.with_name(f"{path.name}-wal")
        if _code(error) not in _NOT_WRITABLE or (log.exists() and log.stat().st_size > 0):
            raise
        # In write-ahead mode even a reader needs to write beside the store. Where it may not, and no
        # log is pending, the file as it lies is the whole truth.
        return _connect(path, "immutable=1")
    return connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into one sentence that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise HarnessError(_explanation(path, error)) from error
    except OSError as error:
        raise HarnessError(
            f"The leaderboard {path} cannot be used ({error.strerror}); choose another home with --home "
            "or HARNESS_HOME."
        ) from error


def _code(error: sqlite3.Error) -> int:
    extended: int = getattr(error, "sqlite_errorcode", 0)
    return extended & 0xFF


def _explanation(path: Path, error: sqlite3.Error) -> str:
    code = _code(error)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return (
            f"The leaderboard {path} could not be written ({error}); nothing in it was lost: "
            "free some space, or choose another home with --home or HARNESS_HOME."
        )
    if code in _DAMAGED:
        return (
            f"{path} is damaged or not a leaderboard ({error}); move it away and build it anew with "
            f"'harness leaderboard add {path.parent / 'runs'}'."
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return (
            f"The leaderboard {path} has been locked by another process for {BUSY_SECONDS:.0f} s; "
            "try again when that one is done."
        )
    if code in _NOT_WRITABLE:
        return (
            f"The leaderboard {path} cannot be opened here ({error}); check the permissions of the folder, "
            "or copy it to a folder of your own and name that with --home."
        )
    return f"The leaderboard {path} could not be used ({error})."
