"""`harness leaderboard html`: static pages that load nothing and run nothing of a stranger's."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import Result
from harness_leaderboard.store import Store

from harness.data.record import RunRecord, ScoreRecord

Harness = Callable[..., Result]
Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]
OWNED = "document.documentElement.lang='owned'"
HOSTILE = f"</script><script>{OWNED}</script><img src=x onerror={OWNED}>'\"\u202e"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        else:
            self.text += data

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, found in self.tags for key, value in found.items() if key == name]


def in_a_browser(page: Path) -> str:
    """The page as headless Chromium has it when its script has run."""
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
    shown = subprocess.run([str(CHROMIUM), *words], capture_output=True, text=True, check=True, timeout=120)
    return shown.stdout


@pytest.fixture(scope="module")
def pages(_toy_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of two real runs, with the posterior of a planet."""
    from click.testing import CliRunner
    from harness_leaderboard.commands import leaderboard

    home, folder = tmp_path_factory.mktemp("site-home"), tmp_path_factory.mktemp("site") / "pages"
    for run in [
        *sorted((_toy_runs / "runs").glob("*-prior-*"))[:1],
        *(_toy_runs / "runs").glob("*-nearest-*"),
    ]:
        shutil.copytree(run, home / "runs" / run.name)
    words = ["html", str(folder), "--planet", "test3", "--home", str(home)]
    result = CliRunner().invoke(leaderboard, words, standalone_mode=False)
    assert result.exception is None, result.exception
    return folder


def test_every_run_has_a_page_and_every_link_leads_somewhere(pages: Path) -> None:
    assert len(list(pages.glob("runs/*.html"))) == 2
    for path in pages.rglob("*.html"):
        for target in Page(path).attributes("href"):
            assert (path.parent / target).is_file(), target


def test_pages_load_nothing(pages: Path) -> None:
    for path in pages.rglob("*.html"):
        page = Page(path)
        assert all(source.startswith("data:image/png;base64,") for source in page.attributes("src"))
        assert not {"link", "iframe", "object", "embed", "form"} & {tag for tag, _ in page.tags}
        assert "http://" not in path.read_text().replace("http://www.w3.org/2000/svg", "")


def test_a_browser_runs_the_page_s_own_script_and_no_other(pages: Path) -> None:
    for path in pages.rglob("*.html"):
        page = Page(path)
        [policy] = [found["content"] for tag, found in page.tags if found.get("http-equiv")]
        digest = base64.b64encode(hashlib.sha256(page.scripts[-1].encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in (policy or "")
        assert "default-src 'none'" in (policy or "")


def test_the_first_page_has_everything(pages: Path) -> None:
    page = Page(pages / "index.html")
    for title in ("Score against cost", "Two methods on the same planets", "Calibration curves", "Every run"):
        assert title in page.text
    data = json.loads(next(script for script in page.scripts if script.startswith("{")))
    assert [method["name"] for method in data["methods"]] == ["nearest", "prior (baseline)"]
    assert len(data["planets"]) == 12
    assert all(len(method["scores"]) == 12 for method in data["methods"])
    assert sum(tag == "polyline" for tag, _ in page.tags) == 2


def test_a_run_s_page_tells_how_to_repeat_it_and_shows_the_posterior(pages: Path) -> None:
    path = next(pages.glob("runs/*nearest*.html"))
    page = Page(path)
    assert f"<title>nearest, seed 0 ({path.stem})</title>" in path.read_text()
    assert "harness run --challenge toy --estimator nearest" in page.text
    assert "Posterior of test3" in page.text
    [picture] = page.attributes("src")
    assert base64.b64decode(picture.partition(",")[2]).startswith(b"\x89PNG")


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
def test_the_script_is_one(pages: Path, tmp_path: Path) -> None:
    (tmp_path / "page.js").write_text(Page(pages / "index.html").scripts[-1])
    subprocess.run(["node", "--check", tmp_path / "page.js"], check=True)


STUB = """
const silent = ["append", "replaceChildren", "setAttribute", "addEventListener"];
const node = () => Object.fromEntries(silent.map(name => [name, () => {}]));
const elements = {first: {...node(), value: 0}, second: {...node(), value: 1}, pair: node(), told: node(),
  planets: {textContent: process.argv[2]}};
globalThis.document =
  {getElementById: name => elements[name] ?? null, createElementNS: node, querySelectorAll: () => []};
eval(require("fs").readFileSync(process.argv[3], "utf8"));
console.log(elements.told.textContent);
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
@pytest.mark.parametrize(
    ("ranking", "told"),
    [
        ("matched", "better on 2 of 2 planets of the kind 'matched', by which the board ranks"),
        (None, "better on 2 of 3 planets; first less second: -32.33 in the mean"),
    ],
)
def test_two_methods_are_compared_on_the_planets_that_rank(
    pages: Path, tmp_path: Path, ranking: str | None, told: str
) -> None:
    (tmp_path / "stub.js").write_text(STUB)
    (tmp_path / "page.js").write_text(Page(pages / "index.html").scripts[-1])
    methods = [{"name": "one", "scores": [0, 2, 3]}, {"name": "other", "scores": [100, 1, 1]}]
    data = {
        "higher": True,
        "score": "ariel",
        "planets": ["a", "b", "c"],
        "kinds": ["clouds", "matched", "matched"],
        "ranking": ranking,
        "methods": methods,
    }
    command = ["node", tmp_path / "stub.js", json.dumps(data), tmp_path / "page.js"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert told in done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_a_browser_draws_two_methods_planet_by_planet(pages: Path) -> None:
    seen = in_a_browser(pages / "index.html")
    drawn = seen.partition('id="pair"')[2].partition("</svg>")[0]
    assert drawn.count("<circle") == 12
    assert "of 12 planets; first less second" in seen


def test_nothing_of_a_label_becomes_markup(
    harness: Harness, store: Store, make_record: Make, score: Score, tmp_path: Path
) -> None:
    hostile = {"challenge": f"toy:{HOSTILE}", "label": HOSTILE, "device": HOSTILE, "git_revision": HOSTILE}
    scores = [score(HOSTILE, 0.5, 0.1, parts={HOSTILE: (0.1, 0.1)}), score("r2", 0.5, 0.1)]
    for name, seed in ((HOSTILE, 0), ("other", 1)):
        run = make_record(
            name, options={HOSTILE: HOSTILE}, scores=scores, seed=seed, **hostile, run_id=f"../{seed}"
        )
        store.put([run])
    assert harness("html", tmp_path / "pages").exit_code == 0
    written = sorted((tmp_path / "pages").rglob("*"))
    assert len([path for path in written if path.suffix == ".html"]) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "pages"]
    for path in written:
        if path.suffix == ".html":
            page = Page(path)
            assert not {"img", "iframe"} & {tag for tag, _ in page.tags}
            assert not any(name.startswith("on") for _, found in page.tags for name in found)
            assert "\u202e" not in path.read_text()
            assert sum(tag == "script" for tag, _ in page.tags) <= 2
            assert not re.search(r"<script>document", path.read_text())
    if CHROMIUM is not None:
        seen = in_a_browser(tmp_path / "pages" / "index.html")
        assert '<html lang="en">' in seen, "nothing of a label was run"


def test_runs_of_one_seed_and_day_are_told_apart(
    harness: Harness, store: Store, make_record: Make, tmp_path: Path
) -> None:
    runs = [make_record("one", seed=seed) for seed in (0, 0, 1)]
    store.put(runs)
    assert harness("html", tmp_path / "pages").exit_code == 0
    listing = (tmp_path / "pages" / "index.html").read_text().partition('<ul class="runs">')[2]
    assert re.findall(">([^<>]+)</a>", listing) == [
        f"seed 0, 2026-01-01, run {runs[0].run_id}",
        f"seed 0, 2026-01-01, run {runs[1].run_id}",
        "seed 1, 2026-01-01",
    ]


def test_a_run_without_predictions_is_told(
    harness: Harness, toy_runs: list[RunRecord], home: Path, tmp_path: Path
) -> None:
    (home / toy_runs[2].artifacts / "predictions.h5").unlink()
    result = harness("html", tmp_path / "pages")
    assert result.exit_code == 0
    assert f"Without predictions: {toy_runs[2].run_id}" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("words", "said"), [(["--planet", "test99"], "did you mean"), (["--challenge", "toi"], "did you mean")]
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(
    harness: Harness, toy_runs: list[RunRecord], tmp_path: Path, words: list[str], said: str
) -> None:
    result = harness("html", tmp_path / "pages", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_folder_that_is_there_is_left_alone(
    harness: Harness, toy_runs: list[RunRecord], tmp_path: Path
) -> None:
    assert harness("html", tmp_path).exit_code == 2


def test_data_that_are_of_none_of_the_runs_are_refused(
    harness: Harness, toy_runs: list[RunRecord], tmp_path: Path
) -> None:
    result = harness("html", tmp_path / "site", "--data", "hela:/x")
    assert result.exit_code == 2
    assert "--data hela:/x is of none of these runs" in result.stderr
    assert not (tmp_path / "site").exists()
