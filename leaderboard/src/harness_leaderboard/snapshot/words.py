"""What a snapshot says around its tables, the same in Markdown and in HTML."""

from __future__ import annotations

from harness.untrusted.words import for_shell_comment
from harness_leaderboard.board import Board
from harness_leaderboard.snapshot.commands import command, without_place
from harness_leaderboard.snapshot.conditions import Conditions, ranked_runs
from harness_leaderboard.snapshot.tables import names
from harness_leaderboard.table import asked


def challenge_name(board: Board) -> str:
    """What the challenge is called, without a place of the machine."""
    return str(without_place(board.challenge.spec))


def facts(board: Board, made_by: str | None) -> list[tuple[str, str]]:
    """(what, in words) for the head of a snapshot."""
    told = [
        ("challenge", challenge_name(board)),
        ("fingerprint", board.challenge.fingerprint),
        ("planets", ", ".join(asked(board.challenge)).removeprefix("planets: ")),
    ]
    if board.challenge.doubt is not None:
        told.append(("forward model", board.challenge.doubt))
    if made_by:
        told.append(("made by", made_by))
    told += Conditions.of(ranked_runs(board)).facts()
    unfinished = [run.status for run in board.unfinished]
    if unfinished:
        counts = [f"{unfinished.count(status)} {status}" for status in dict.fromkeys(unfinished)]
        told.append(("runs not ranked", ", ".join(counts)))
    return told


def how_to_repeat(board: Board) -> str:
    """What stands above the commands."""
    text = "PATH stands for the folder where a challenge's data lie."
    if not Conditions.of(ranked_runs(board)).on_gpu:
        text += " For the same on a GPU, write `--device cuda` instead of `--device cpu`."
    return text


def commands(board: Board) -> list[str]:
    """The commands that repeat every entry, under comments that name them."""
    lines = []
    for name, (_, entry) in zip(names(board), board.ranked, strict=True):
        revision = entry.example.git_revision or "not recorded"
        lines.append(for_shell_comment(f"{name}: revision {revision}"))
        lines += command(entry)
    return lines
