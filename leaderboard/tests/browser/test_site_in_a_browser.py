"""The pages of a board as a person has them: by the keyboard alone, on a telephone, in the dark."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from harness_leaderboard.store import Store

from harness.data.record import RunRecord, ScoreRecord

Harness = Callable[..., Result]
Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]

FOCUS = "document.activeElement"
ROWS = (
    "[...document.querySelector('table').tBodies[0].rows]"
    ".filter(row => !row.hidden).map(row => row.querySelector('th').textContent)"
)
# everything with text that is wider than the page and lies in nothing that scrolls
STICKING_OUT = """[...document.querySelectorAll("main *")].filter(node => !node.closest(".scroll, pre, svg")
  && node.getBoundingClientRect().right > innerWidth + 1).map(node => node.outerHTML.slice(0, 80))"""
# the contrast of every kind of text or line with what lies behind the page, by WCAG 2.2
CONTRAST = """(() => {
  const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0.05);
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const found = {};
  for (const [choice, what] of [["p", "color"], ["dt", "color"], ["td", "color"], ["a", "color"],
      ["button", "color"], ["svg text", "fill"], [".curve", "stroke"], [".front", "fill"],
      [".beaten", "fill"]])
    for (const node of document.querySelectorAll(choice)) {
      const one = light(getComputedStyle(node)[what]);
      const contrast = Math.max(one, paper) / Math.min(one, paper);
      found[choice] = Math.min(found[choice] ?? 99, contrast);
    }
  return found;
})()"""


@pytest.fixture
def index(harness: Harness, store: Store, make_record: Make, score: Score, tmp_path: Path) -> Path:
    """The first page of a board of three methods, with a long name among them."""
    for number, name in enumerate(("alpha", "beta", "gamma")):
        scores = [
            score("r2", 0.1 + 0.2 * number, 0.05, parts={"planet_temp": (0.3, 0.1)}),
            score("crps", 2.0 - number),
        ]
        options = {"spectral_resolution_of_everything": "x" * 40} if name == "beta" else {}
        store.put([make_record(name, options=options, scores=scores, seed=0, fit=10.0**number)])
    assert harness("html", tmp_path / "pages").exit_code == 0
    return tmp_path / "pages" / "index.html"


def reach(page: Any, wanted: str, most: int = 40) -> None:
    """Press Tab until the focus is where an expression says; it is seen there."""
    for _ in range(most):
        page.press("Tab")
        if page.ask(f"Boolean({wanted})"):
            assert page.ask(f"getComputedStyle({FOCUS}).outlineStyle") != "none", "the focus is seen"
            return
    pytest.fail(f"{wanted} is not reached by {most} tabs")


def test_methods_are_filtered_by_the_keyboard_alone(chromium: Any, index: Path) -> None:
    chromium.open(index)
    reach(chromium, f"{FOCUS}.id === 'filter'")
    for letter in "beta":
        chromium.press(letter)
    assert [name.split()[0] for name in chromium.ask(ROWS)] == ["beta"]
    assert chromium.ask("document.querySelector('[role=status]').textContent") == "1 of 3 entries"


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_table_is_sorted_by_the_keyboard_alone(chromium: Any, index: Path, key: str) -> None:
    chromium.open(index)
    assert [name.split()[0] for name in chromium.ask(ROWS)] == ["gamma", "beta", "alpha"]
    reach(chromium, f"{FOCUS}.tagName === 'BUTTON' && {FOCUS}.textContent === 'r2'")
    chromium.press(key)
    assert [name.split()[0] for name in chromium.ask(ROWS)] == ["alpha", "beta", "gamma"]
    assert chromium.ask(f"{FOCUS}.closest('th').getAttribute('aria-sort')") == "ascending"
    chromium.press(key)
    assert [name.split()[0] for name in chromium.ask(ROWS)] == ["gamma", "beta", "alpha"]


def test_a_run_s_page_is_reached_by_the_keyboard_alone(chromium: Any, index: Path) -> None:
    chromium.open(index)
    reach(chromium, f"{FOCUS}.tagName === 'A' && {FOCUS}.textContent.startsWith('gamma')")
    assert re.match(r"runs/.*gamma.*\.html", chromium.ask(f"{FOCUS}.getAttribute('href')"))


def test_nothing_sticks_out_on_a_telephone(chromium: Any, index: Path) -> None:
    for page in [index, *index.parent.glob("runs/*.html")]:
        chromium.open(page, width=400)
        assert chromium.ask("document.documentElement.scrollWidth") == 400
        assert chromium.ask(STICKING_OUT) == []


@pytest.mark.parametrize("dark", [False, True])
def test_everything_is_seen_in_light_and_in_the_dark(chromium: Any, index: Path, dark: bool) -> None:
    chromium.open(index, dark=dark)
    paper = chromium.ask("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") is not dark
    found = chromium.ask(CONTRAST)
    assert {"td", "button", ".front"} <= found.keys()
    for what, contrast in found.items():
        assert contrast >= (4.5 if what in ("p", "dt", "td", "a", "button", "svg text") else 3.0), what


def test_every_curve_is_seen_in_light_and_in_the_dark(chromium: Any, index: Path) -> None:
    """Of the style sheet, whether a board of this size draws so many or not."""
    drawn = "".join(f'<polyline class="curve line{number}"/>' for number in range(8))
    for dark in (False, True):
        chromium.open(index, dark=dark)
        chromium.ask(f"void document.querySelector('svg').insertAdjacentHTML('beforeend', '{drawn}')")
        assert chromium.ask(CONTRAST)[".curve"] >= 3.0
