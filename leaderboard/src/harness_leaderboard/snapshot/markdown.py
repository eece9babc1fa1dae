"""A snapshot as Markdown, as a repository shows it."""

from __future__ import annotations

from collections.abc import Sequence

from harness.untrusted.words import for_markdown
from harness_leaderboard.board import Board
from harness_leaderboard.snapshot.tables import LEFT, Table, tables
from harness_leaderboard.snapshot.words import challenge_name, commands, facts, how_to_repeat

FILES = (
    "`board.json` and `board.csv` hold every number, the parts for each parameter included; `index.html` is "
    "this page with tables to sort."
)


def markdown(board: Board, made_at: str, made_by: str | None) -> str:
    """The whole page."""
    head = [f"- **{what}**: {for_markdown(told)}" for what, told in facts(board, made_by)]
    fence = "~~~~~~"  # which a command has no use for
    sections = [
        f"# Leaderboard of {for_markdown(challenge_name(board))}, {made_at}",
        "\n".join(head),
        *(_section(table) for table in tables(board)),
        f"## How each row was made\n\n{how_to_repeat(board)}",
        "\n".join([f"{fence}sh", *(line.replace(fence, "") for line in commands(board)), fence]),
        FILES,
    ]
    return "\n\n".join(sections) + "\n"


def markdown_tables(boards: Sequence[Board]) -> str:
    """The tables of boards alone, each under its title, to be taken over into a text."""
    parts = [
        part
        for board in boards
        for part in (
            f"# {for_markdown(challenge_name(board))}",
            *(_section(table) for table in tables(board)),
        )
    ]
    return "\n\n".join(parts) + "\n" if parts else ""


def _section(table: Table) -> str:
    rule = "|" + "|".join("---" if column in LEFT else "---:" for column in table.columns) + "|"
    lines = [_row(table.columns), rule, *(_row([cell.text for cell in row]) for row in table.rows)]
    return f"## {table.title}\n\n{table.explained}\n\n" + "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(for_markdown(cell) for cell in cells) + " |"
