"""The files beside board.json in a snapshot: whether they say what its records say.

Another version may lay a page out in another way, and write other columns. The numbers of an entry, which
entries there are, and what a page does are no matter of layout.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path

from harness.errors import HarnessError
from harness.untrusted.files import read_text
from harness.untrusted.words import excerpt
from harness_leaderboard.proofs.agreement import agree
from harness_leaderboard.proofs.snapshot_reading import MOST_BYTES
from harness_leaderboard.snapshot.tables import NAME
from harness_leaderboard.snapshot.writing import CSV, JSON, PAGE, README

ESTIMATOR, RUNS = "estimator", "runs"  # columns of board.csv
_NUMBER = re.compile(r"-?\d[\d.,]*(=|-\d+| ± \d[\d.,]*)?")  # a score, a rank or an interval of ranks
_RULE = re.compile(r"-{3,}:?\|?")  # under the head of a table in Markdown


def unread_files(folder: Path) -> Iterator[str]:
    """Those of the files of a snapshot that are missing or no text."""
    for name in (README, PAGE, CSV):
        try:
            read_text(folder / name, MOST_BYTES)
        except HarnessError as error:
            yield str(error).rstrip(".")


def compare_files(folder: Path, made: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Where they say something else than this version makes of the records, and which are only laid out so.

    Arguments:
        folder: of the snapshot.
        made: what this version would write, by name.
    """
    differing: list[str] = []
    notes: list[str] = []
    for name, text in made.items():
        found = None
        with suppress(HarnessError):
            found = read_text(folder / name, MOST_BYTES)
        if name == JSON or found is None or found.replace("\r\n", "\n") == text:
            continue
        told = next(_of_table(found, text) if name == CSV else _of_page(name, found, text), None)
        if told is not None:
            differing.append(f"{name}: {told}")
        else:
            notes.append(
                f"{name} is not what this version of harness-leaderboard makes of the records: "
                "another version wrote it, or it was changed"
            )
    return differing, notes


def _of_table(found: str, made: str) -> Iterator[str]:
    """Where two tables of CSV have other entries, or other numbers in a column that both have."""
    try:
        says, records = (list(csv.DictReader(io.StringIO(text))) for text in (found, made))
    except csv.Error as error:
        yield f"it is damaged ({error})"
        return
    if [row.get(RUNS) for row in says] != [row.get(RUNS) for row in records]:
        yield "its lines are not the entries in their order"
        return
    for said, known in zip(says, records, strict=True):
        for column in (name for name in said if name in known):
            one, other = str(said[column]), str(known[column])
            if not _agree(one, other) or (column == ESTIMATOR and one != other):
                yield f"{excerpt(column)} is {excerpt(one)}, and {excerpt(other)} by the records"


def _agree(one: str, other: str) -> bool:
    """Whether two cells are equal but for rounding; words may be those of another version."""
    try:
        return agree(float(one), float(other), None)
    except ValueError:
        return one == other or not (_NUMBER.fullmatch(one) or _NUMBER.fullmatch(other))


def _of_page(name: str, found: str, made: str) -> Iterator[str]:
    """Where a page shows other entries or numbers, or does something that this version's does not."""
    says, records = _Tables(name, found), _Tables(name, made)
    for what in sorted(says.does - records.does):
        yield f"it holds '{excerpt(what)}', which this version writes on no page"
    known: dict[str, set[str]] = {}
    for entry, cells in records.rows:
        known.setdefault(entry, set()).update(cells)
    for entry, cells in says.rows:
        if entry not in known:
            yield f"it has a line '{excerpt(entry)}', which is no entry"
            continue
        for cell in cells:
            if _NUMBER.fullmatch(cell) and cell not in known[entry]:
                yield f"it shows {excerpt(cell)} for {excerpt(entry)}, and the records do not"
    for entry in known.keys() - {entry for entry, _ in says.rows}:
        yield f"it does not show {excerpt(entry)}"


class _Tables(HTMLParser):
    """The tables of README.md or of index.html.

    Attributes:
        rows: of all tables, the name of each with its cells.
        does: of HTML the elements with their attributes, and the text of scripts.
    """

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self.rows: list[tuple[str, list[str]]] = []
        self.does: set[str] = set()
        self._row: list[str] | None = None
        self._in_script = False
        self._named = 0  # which column of the table names its rows
        if name == PAGE:
            self.feed(text)
            self.close()
            return
        for line in text.splitlines():
            if line.startswith("|"):
                self._take(line.strip("| ").split(" | "))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.does.add(" ".join([tag, *sorted(name for name, _ in attrs)]))
        self._in_script = tag == "script"
        if tag == "tr":
            self._row = []
        elif tag in ("td", "th") and self._row is not None:
            self._row.append("")

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.does.add(data)
        elif self._row:
            self._row[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False
        if tag == "tr" and self._row is not None:
            self._take(self._row)
            self._row = None

    def _take(self, cells: list[str]) -> None:
        if NAME in cells:
            self._named = cells.index(NAME)
        elif not all(_RULE.match(cell) for cell in cells):
            self.rows.append((cells[self._named] if self._named < len(cells) else "", cells))
