"""A record of a stranger's shows as text and nothing else, and breaks no board."""

import csv
import io
import json
import os
import re
import sqlite3
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from harness_leaderboard.store import Store

from harness.data.record import RunRecord, ScoreRecord
from harness.errors import PluginWarning

Harness = Callable[..., Result]
Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]

COMMANDS = re.compile(r"# .*|(    )?harness run .*|for seed in [0-9 ]*; do|done")

TEXTS = (
    "x\ncurl evil | sh\ny",
    "\x1b[31mred\x1b]0;owned\x07",
    "[/b]",
    "[link=file:///etc/passwd]x[/link]",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "# heading",
    "~~~~~~",
    "`code`\n# heading",
    "=cmd|' /C calc'!A0",
    "$(touch owned); touch owned",
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a JSON document that holds a text."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        if isinstance(value[key], str):
            yield value, key
        elif isinstance(value[key], dict | list):
            yield from places(value[key])


def gift(folder: Path, document: dict[str, Any]) -> Path:
    (folder / "gift").mkdir(exist_ok=True)
    (folder / "gift" / "record.json").write_text(json.dumps(document))
    return folder / "gift"


@pytest.mark.parametrize("said", TEXTS)
def test_a_text_in_any_field_is_shown_as_text(
    harness: Harness, store: Store, make_record: Make, tmp_path: Path, said: str
) -> None:
    store.put([make_record("nearest")])
    document = json.loads(make_record("forest", options={"depth": 3}).model_dump_json())
    for container, key in places(document):
        if key not in ("run_id", "fingerprint", "kind", "status", "started_at"):
            container[key] = said
    document["estimator"]["changed"] = {said: said}
    document["versions"] = {said: said}
    assert harness("add", gift(tmp_path, document)).exit_code == 0
    for words in ((), ("--runs", "--failed"), ("--csv",), ("--json",), ("show", document["run_id"])):
        result = harness(*words)
        assert result.exit_code == 0, result.output
        assert all(line.isprintable() for line in result.stdout.splitlines())
    table = list(csv.reader(io.StringIO(harness("--csv").stdout)))
    assert not any(cell.startswith(("=", "+", "@")) for row in table for cell in row)
    folder = tmp_path / "published"
    assert harness("snapshot", folder).exit_code == 0
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert all(line.isprintable() for text in texts.values() for line in text.splitlines())
    readme, page = texts["README.md"], texts["index.html"]
    listing = readme.partition("~~~~~~sh\n")[2].partition("\n~~~~~~")[0]
    shown = unescape(page.partition('<pre tabindex="0">')[2].partition("</pre>")[0])
    for line in (*listing.splitlines(), *shown.splitlines()):
        assert COMMANDS.fullmatch(line)
    outside = re.sub(r"`[^`\n]*`", "", re.sub(r"\\.", "", readme.replace(listing, "")))
    assert "<" not in outside
    assert "](" not in outside
    assert len(re.findall("^#", outside, flags=re.MULTILINE)) == len(re.findall("<h[12]", page))
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("standard_error", "1e200"),
        ("value", "-1e151"),
        ("value", "NaN"),
        ("value", "1e999"),
        ("n_planets", "9223372036854775808"),
        ("n_planets", "9" * 5000),
        ("value", "[" * 100_000 + "]" * 100_000),
    ],
)
def test_a_number_that_cannot_be_computed_with_is_refused(
    harness: Harness, store: Store, make_record: Make, tmp_path: Path, key: str, value: str
) -> None:
    store.put([make_record("nearest")])
    document = json.loads(make_record("forest").model_dump_json())
    document["scores"][0][key] = "@@"
    folder = gift(tmp_path, document)
    path = folder / "record.json"
    path.write_text(path.read_text().replace('"@@"', value))
    result = harness("add", folder)
    assert result.exit_code != 0
    assert len(store.records()) == 1


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("seed", -1, "greater than or equal to 0"),
        ("n_samples", 0, "greater than or equal to 1"),
        ("started_at", "yesterday", "'yesterday' is not a time in UTC such as 2026-01-31T12:00:00+00:00."),
        ("started_at", "2026-13-01T00:00:00+00:00", "is not a time in UTC such as"),
    ],
)
def test_a_run_that_nobody_can_have_made_is_refused(
    harness: Harness, store: Store, make_record: Make, tmp_path: Path, key: str, value: object, told: str
) -> None:
    document = json.loads(make_record("forest").model_dump_json()) | {key: value}
    result = harness("add", gift(tmp_path, document))
    assert result.exit_code == 2
    assert f"is not a run record of schema version 1: {key}: " in result.stderr
    assert told in result.stderr
    assert store.records() == []


def test_a_poisoned_row_leaves_the_others_on_the_board(
    harness: Harness, store: Store, make_record: Make
) -> None:
    good, poisoned = make_record("nearest"), make_record("forest")
    store.put([good, poisoned])
    document = json.loads(poisoned.model_dump_json())
    document["scores"][0]["standard_error"] = 1e200
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(
            "UPDATE runs SET record = ? WHERE run_id = ?", (json.dumps(document), poisoned.run_id)
        )
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        result = harness()
    assert result.exit_code == 0, result.output
    assert re.search(f"Left out: Run {poisoned.run_id}.*too large a number", result.stderr)
    assert "nearest" in result.stdout
    assert harness("remove", poisoned.run_id, "--yes").exit_code == 0
    assert "forest" not in harness().output


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("numbers", struct.pack("<2d", 1e200, 1.0), "too large a number"),
        ("numbers", struct.pack("<d", 1.0), "not those of their names"),
        ("numbers", b"123", "cannot be read"),
        ("numbers", 7, "cannot be read"),
        ("names", '[["posterior", "posterior"], []]', "names of the parts"),
        ("names", "[[5], []]", "names of the parts"),
        ("names", "[" * 100_000, "cannot be read"),
        ("names", '[["posterior"]]', "not those of their names"),
        ("names", b"\xff", "cannot be read"),
    ],
)
def test_poisoned_parts_leave_the_other_runs_on_the_board(
    store: Store, make_record: Make, score: Score, column: str, value: object, told: str
) -> None:
    parts = {"posterior": (600.0, 2.0)}
    good, poisoned = (make_record(name, scores=[score("ariel", 700.0, parts=parts)]) for name in ("a", "b"))
    store.put([good, poisoned])
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(f"UPDATE parts SET {column} = ? WHERE run_id = ?", (value, poisoned.run_id))
    with pytest.warns(PluginWarning, match=f"Run {poisoned.run_id}.*{told}"):
        assert store.records() == [good]


@pytest.mark.parametrize("what", ["endless", "pipe"])
def test_a_record_that_is_no_file_is_refused(harness: Harness, tmp_path: Path, what: str) -> None:
    path = tmp_path / "gift" / "record.json"
    path.parent.mkdir()
    if what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    result = harness("add", path.parent)
    assert result.exit_code != 0


@pytest.mark.parametrize(
    "statements",
    [
        (
            "DROP TABLE runs",
            "CREATE VIEW runs AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS run_id, '' AS started_at, '' AS record FROM n",
        ),
        (
            "ALTER TABLE runs RENAME COLUMN record TO former",
            "ALTER TABLE runs ADD COLUMN record TEXT GENERATED ALWAYS AS (hex(zeroblob(400000000)))",
        ),
    ],
    ids=["endless view", "generated column"],
)
def test_a_store_that_computes_is_refused(
    harness: Harness, store: Store, make_record: Make, statements: tuple[str, ...]
) -> None:
    store.put([make_record("nearest")])
    with closing(sqlite3.connect(store.path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    result = harness()
    assert result.exit_code != 0
    assert "computed as it is read" in str(result.exception) + result.output
