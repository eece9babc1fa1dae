"""A snapshot on disk: a folder that is there whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import HarnessError
from harness.files.lock import Lock
from harness.files.storage import rename_whole
from harness_leaderboard.board import Board
from harness_leaderboard.export import csv_text
from harness_leaderboard.snapshot.commands import without_place
from harness_leaderboard.snapshot.document import document
from harness_leaderboard.snapshot.markdown import markdown
from harness_leaderboard.snapshot.page import page

JSON, CSV, README, PAGE = "board.json", "board.csv", "README.md", "index.html"


def the_board(boards: Sequence[Board], home: Path) -> Board:
    """The one board that has entries.

    Raises:
        HarnessError: there is none, or there are several.
    """
    filled = [board for board in boards if board.ranked]
    if not filled:
        raise HarnessError(
            f"No run on the board of {home} has finished, so there is nothing to publish; "
            "'harness run' puts runs on it, and 'harness leaderboard add' those of another machine."
        )
    if len(filled) > 1:
        listed = ", ".join(f"{board.challenge.spec} ({board.challenge.fingerprint})" for board in filled)
        raise HarnessError(f"A snapshot is of one challenge; choose one with --challenge: {listed}.")
    return filled[0]


def write_snapshot(folder: Path, board: Board, made_at: str, made_by: str | None, *, replace: bool) -> None:
    """Write a snapshot of a board with at least one entry.

    Arguments:
        folder: appears when everything is written.
        board: to publish.
        made_at: the day.
        made_by: what made the runs, in the words of who publishes them.
        replace: whether a snapshot that lies there already gives way.

    Raises:
        HarnessError: the folder is there and may not be replaced, or is no snapshot, or cannot be written.
        OSError: the disk is full; what was there stays.
    """
    folder = folder.absolute()
    texts = texts_of(board, made_at, made_by)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = Lock.take(folder.with_name(f".{folder.name}.lock"))
    except (FileExistsError, NotADirectoryError) as error:
        raise HarnessError(f"{folder} cannot be made: {error.filename} is no folder.") from error
    if lock is None:
        raise HarnessError(f"Another process is writing the snapshot {folder}; try again when it has.")
    try:
        _put_in_place(folder, texts, replace)
    finally:
        lock.release()


def texts_of(board: Board, made_at: str, made_by: str | None) -> dict[str, str]:
    """The files of a snapshot by name."""
    value = json.dumps(document(board, made_at, made_by), indent=1, ensure_ascii=False, allow_nan=False)
    return {
        JSON: _without_controls(value) + "\n",
        CSV: _without_places(csv_text([board], failed=False)),
        README: markdown(board, made_at, made_by),
        PAGE: page(board, made_at, made_by),
    }


def _put_in_place(folder: Path, texts: Mapping[str, str], replace: bool) -> None:
    """Write the files beside the folder and rename; what a killed process left there is put right first."""
    partial, former = (folder.with_name(f".{folder.name}.{state}") for state in ("partial", "former"))
    _restore(folder, former)
    _refuse(folder, replace)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        for name, text in texts.items():
            (partial / name).write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rename(former)
        rename_whole(partial, folder)
    finally:
        _restore(folder, former)
        shutil.rmtree(partial, ignore_errors=True)


def _restore(folder: Path, former: Path) -> None:
    """Put the former snapshot back where no new one took its place, and remove it where one did."""
    if former.exists() and not folder.exists():
        former.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def _refuse(folder: Path, replace: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir() or {path.name for path in folder.iterdir()} != {JSON, CSV, README, PAGE}:
        raise HarnessError(f"{folder} exists and is not a snapshot; choose another place, or remove it.")
    if not replace:
        raise HarnessError(
            f"{folder} holds a snapshot already; choose another place, or put this one there with --replace."
        )


def _without_controls(value: str) -> str:
    """JSON in which what cannot be printed is written as its number."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1] for letter in value
    )


def _without_places(table: str) -> str:
    """CSV whose cells name no folder of the machine."""
    text = io.StringIO()
    rows = csv.reader(io.StringIO(table))
    csv.writer(text, lineterminator="\n").writerows(without_place(row) for row in rows)
    return text.getvalue()
