"""Boards as LaTeX, for a paper: tables in the style of the package booktabs."""

from __future__ import annotations

from collections.abc import Sequence

from harness_leaderboard.board import Board
from harness_leaderboard.snapshot.tables import LEFT, Table, tables
from harness_leaderboard.snapshot.words import challenge_name

NEEDED = r"% \usepackage{booktabs}"
ESCAPED = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # at the beginning of a row it would be how far to skip, as a star would be another command
    "*": "{*}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def latex(boards: Sequence[Board]) -> str:
    """A table environment for each table of each board."""
    made = [_environment(table, board) for board in boards for table in tables(board)]
    return "\n\n".join([NEEDED, *made]) + "\n" if made else ""


def _environment(table: Table, board: Board) -> str:
    columns = "".join("l" if column in LEFT else "r" for column in table.columns)
    explained = table.explained.replace("`", "")  # Markdown's mark of code
    caption = f"{challenge_name(board)}: {table.title}. {explained}"
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_text(caption)}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            _row(table.columns),
            r"\midrule",
            *(_row([cell.text for cell in row]) for row in table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(_text, cells)) + r" \\"


def _text(words: str) -> str:
    """Words on one line, without a meaning to LaTeX: a label may come from anybody."""
    return "".join(ESCAPED.get(character, character) for character in " ".join(words.split()))
