"""Boards for texts: Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from harness_leaderboard.store import Store

from harness.data.record import RunRecord, ScoreRecord

Harness = Callable[..., Result]

HOSTILE = r"50%_&$x^2~{\input{secrets}}#|`[/b]"


@pytest.fixture
def filled(store: Store, make_record: Callable[..., RunRecord], score: Callable[..., ScoreRecord]) -> Store:
    store.put(
        [
            make_record("good", options={"k": 1}, scores=[score("r2", 0.5, 0.01, parts={"T": (0.5, 0.02)})]),
            make_record("lost", scores=[]),
            make_record("odd", options={"name": HOSTILE}, scores=[score("r2", 0.4, 0.01)]),
        ]
    )
    return store


def test_latex_has_a_row_for_each_entry_and_nothing_in_it_is_a_command(
    filled: Store, harness: Harness
) -> None:
    shown = harness("--latex").stdout
    assert r"1 & good (k=1) & 0.500 $\pm$ 0.010 & 0.500 $\pm$ 0.020" in shown
    assert r"- & lost & - & -" in shown
    assert r"\textasciigrave{}" in shown
    assert r"\input" not in shown
    assert r"50\%\_\&\$x\textasciicircum{}2\textasciitilde{}\{\textbackslash{}input\{secrets\}\}\#" in shown
    rows = [line for line in shown.splitlines() if line.endswith(r"\\")]
    assert len({line.replace(r"\&", "").count("&") for line in rows[:4]}) == 1
    assert shown.count(r"\begin{table}") == shown.count(r"\end{table}") > 0


def test_markdown_has_the_tables_of_a_snapshot(filled: Store, harness: Harness, tmp_path) -> None:
    shown = harness("--markdown").stdout
    assert harness("snapshot", tmp_path / "published").exit_code == 0
    published = (tmp_path / "published" / "README.md").read_text()
    tables = shown.partition("\n\n")[2].strip()
    assert tables.startswith("## Score")
    assert tables in published


@pytest.mark.parametrize("form", ["--latex", "--markdown"])
def test_a_board_is_printed_in_one_form(filled: Store, harness: Harness, form: str) -> None:
    refused = harness("--json", form)
    assert refused.exit_code == 2
    assert f"--json and {form} cannot both be printed" in refused.stderr


def test_without_a_run_there_is_no_table(harness: Harness) -> None:
    assert harness("--latex").stdout == harness("--markdown").stdout == ""
