"""A published board: what is in the folder, and what is not."""

import csv
import itertools
import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import Result
from harness_leaderboard.board import boards
from harness_leaderboard.snapshot.commands import command, without_place
from harness_leaderboard.store import Store

from harness.data.record import EstimateRecord, RunRecord, ScoreRecord
from harness.files.lock import Lock

Harness = Callable[..., Result]
Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]
FILES = {"README.md", "board.csv", "board.json", "index.html"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "published" / "snapshot"


def ariel(score: Score, value: float, **partitions: float) -> ScoreRecord:
    made = score(
        "ariel", value, 5.0, parts={"posterior": (value - 10, 6.0), "posterior/log_H2O": (value, 9.0)}
    )
    kinds = {kind: EstimateRecord(value=number, standard_error=20.0) for kind, number in partitions.items()}
    return made.model_copy(update={"partitions": kinds})


@pytest.fixture
def filled(store: Store, make_record: Make, score: Score) -> Store:
    """Two methods, one with two seeds, on a challenge that lies in a folder of this machine."""
    coverage = score("coverage", 0.04, 0.01, parts={"coverage_68": (0.7, 0.02)}, higher_is_better=False)
    joint = score("ddks", 0.3, 0.01, parts={"floor": (0.1, 0.01)}, higher_is_better=False)
    where = {"challenge": "hela:/data/private/hela", "git_revision": "abcdef012345"}
    store.put(
        [
            make_record(
                "npe-kl",
                seed=seed,
                scores=[ariel(score, 900 + seed, matched=900 + seed, clouds=800), coverage, joint],
                options={"hidden": [64, 64], "flow": "nsf", "opacities": "/data/private/tables"},
                fit=100.0,
                processor="AMD EPYC, 2 cores, 7.8 GiB",
                **where,
            )
            for seed in (0, 1)
        ]
        + [make_record("nearest", scores=[ariel(score, 450, matched=450, clouds=440)], **where)]
        + [make_record("broken", status="failed", error="no /data/private/file", **where)]
    )
    return store


def test_a_snapshot_is_a_folder_of_four_files(harness: Harness, filled: Store, folder: Path) -> None:
    result = harness("snapshot", folder)
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["snapshot"]


def test_no_folder_of_the_machine_is_published(harness: Harness, filled: Store, folder: Path) -> None:
    harness("snapshot", folder)
    for path in folder.iterdir():
        assert "/data" not in path.read_text(), path.name
        assert str(filled.path.parent) not in path.read_text(), path.name
    assert "hela:PATH/hela" in (folder / "README.md").read_text()


def test_the_readme_tells_everything_that_made_it(harness: Harness, filled: Store, folder: Path) -> None:
    harness("snapshot", folder, "--command", "harness run --all")
    text = (folder / "README.md").read_text()
    for fact in (
        *("0123456789abcdef", "800 train, 100 valid, 100 test", "harness run --all", "abcdef012345"),
        *("no GPU was used", "AMD EPYC, 2 cores, 7.8 GiB", "torch 2.13.0", "1 failed"),
        *("| 2 (0, 1) |", "100 s", "write `--device cuda`"),
        *("900 ± 5", "clouds", "0.700 ± 0.020", "ddks: floor"),
    ):
        assert fact in text, fact


def test_every_kind_of_test_planets_has_a_column(harness: Harness, filled: Store, folder: Path) -> None:
    harness("snapshot", folder)
    text = (folder / "README.md").read_text()
    shifted = text.partition("## Matched and shifted planets")[2].partition("##")[0]
    assert "| method | matched | clouds |" in shifted
    assert re.search(r"nearest \| 450 ± 20 \| 440 ± 20", shifted)


def test_the_data_hold_what_the_board_holds_and_more(harness: Harness, filled: Store, folder: Path) -> None:
    harness("snapshot", folder)
    value = json.loads((folder / "board.json").read_text())
    assert value["schema_version"] == 1
    assert value["gpu"] is False
    first, second = value["entries"]
    assert (first["estimator"], first["seeds"], second["estimator"]) == ("npe-kl", [0, 1], "nearest")
    assert first["scores"]["ariel"]["partitions"]["clouds"]["value"] == 800
    assert [made["seed"] for made in first["made_of"]] == [0, 1]
    rows = list(csv.DictReader((folder / "board.csv").read_text().splitlines()))
    assert [float(row["ariel on clouds"]) for row in rows] == [800, 440]


def test_the_command_repeats_every_choice_of_a_row(filled: Store) -> None:
    [board] = boards(filled.records())
    loop, line, done = command(board.ranked[0][1])
    assert (loop, done) == ("for seed in 0 1; do", "done")
    words = shlex.split(line)
    pairs = list(itertools.pairwise(words))
    for pair in (
        *(("--challenge", "hela:PATH/hela"), ("--estimator", "npe-kl"), ("--preprocessor", "none")),
        *(("--scorer", "ddks"), ("--samples", "2000"), ("--device", "cpu"), ("--seed", "$seed")),
        *(("--set", "estimator.hidden=[64, 64]"), ("--set", "estimator.flow=nsf")),
    ):
        assert pair in pairs, pair
    assert "--device cuda" in command(board.ranked[1][1], "cuda")[0]


def test_a_command_is_read_back_as_the_options_that_made_it(make_record: Make) -> None:
    from harness.components.settings import parse_settings

    options = {"a": "3", "b": 3, "c": True, "d": "two words", "e": [1, 2], "f": 'a "quoted" one'}
    [board] = boards([make_record(options=options)])
    words = shlex.split(command(board.ranked[0][1])[0])
    given = [value for word, value in itertools.pairwise(words) if word == "--set"]
    assert parse_settings(given) == {"estimator": options}


def test_a_gpu_is_told(harness: Harness, store: Store, make_record: Make, folder: Path) -> None:
    store.put([make_record(device="cuda (NVIDIA A100)")])
    harness("snapshot", folder)
    text = (folder / "README.md").read_text()
    assert "GPU: every run used one" in text
    assert "--device cuda" in text
    assert "instead of" not in text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hela:/data/mine/hela", "hela:PATH/hela"),
        ("hela:../shared/hela", "hela:../shared/hela"),
        ("ariel-mini", "ariel-mini"),
        ("posterior/log_H2O", "posterior/log_H2O"),
        ("opacities=~/tables/h2o", "opacities=PATH/h2o"),
        ("pca(file=/a/b/c.h5, components=3)", "pca(file=PATH/c.h5, components=3)"),
        ("simulated:C:\\data\\one.h5", "simulated:PATH/one.h5"),
    ],
)
def test_only_the_folder_of_a_path_is_left_out(text: str, kept: str) -> None:
    assert without_place({"x": [text]}) == {"x": [kept]}


class Page(HTMLParser):
    """Which elements are open, and whether each is closed in turn."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_beside_it(
    harness: Harness, store: Store, make_record: Make, folder: Path
) -> None:
    store.put([make_record("<script>alert(1)</script>", options={"a": "|<b>&"})])
    harness("snapshot", folder)
    text = (folder / "index.html").read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.seen.count("script") == 1
    assert not {"link", "img", "iframe", "b"} & set(page.seen)
    assert "http" not in text
    tables = (folder / "README.md").read_text().partition("## How each row was made")[0]
    assert "<script>" not in tables.replace("\\<", "")


def test_nothing_is_overwritten_unless_asked(harness: Harness, filled: Store, folder: Path) -> None:
    harness("snapshot", folder)
    before = (folder / "board.json").read_text()
    filled.put([run.model_copy(update={"run_id": "another", "seed": 7}) for run in filled.records()[:1]])
    refused = harness("snapshot", folder)
    assert refused.exit_code == 2
    assert "holds a snapshot already" in refused.stderr
    assert (folder / "board.json").read_text() == before
    assert harness("snapshot", folder, "--replace").exit_code == 0
    assert json.loads((folder / "board.json").read_text())["entries"][0]["seeds"] == [0, 1, 7]
    assert [path.name for path in folder.parent.iterdir()] == ["snapshot"]


KILLED = """
import os, signal, sys
from harness_leaderboard.snapshot import writing
from harness.cli import main
writing.rename_whole = lambda *places: os.kill(os.getpid(), signal.SIGKILL)
main(["leaderboard", "snapshot", *sys.argv[1:]])
"""


def test_a_killed_snapshot_loses_nothing_that_was_published(
    harness: Harness, filled: Store, home: Path, folder: Path
) -> None:
    assert harness("snapshot", folder).exit_code == 0
    (folder / "README.md").write_text("as published")
    words = [str(folder), "--replace", "--home", str(home)]
    assert subprocess.run([sys.executable, "-c", KILLED, *words]).returncode == -signal.SIGKILL
    assert not folder.exists()
    assert harness("snapshot", folder).exit_code == 2  # it lies there again
    assert (folder / "README.md").read_text() == "as published"
    assert harness("snapshot", folder, "--replace").exit_code == 0
    assert (folder / "README.md").read_text() != "as published"
    assert list(folder.parent.iterdir()) == [folder]


def test_two_commands_do_not_write_one_snapshot(harness: Harness, filled: Store, folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    lock = Lock.take(folder.parent / ".snapshot.lock")
    assert lock is not None
    result = harness("snapshot", folder)
    assert result.exit_code == 2
    assert "Another process is writing the snapshot" in result.stderr
    lock.release()


def test_a_folder_of_something_else_is_never_replaced(harness: Harness, filled: Store, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.tex").write_text("mine")
    result = harness("snapshot", folder, "--replace")
    assert result.exit_code == 2
    assert "is not a snapshot" in result.stderr
    assert (folder / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (),
            "choose one with --challenge: hela:/data/private/hela (0123456789abcdef), toy (ffffffffffffffff)",
        ),
        (("--challenge", "tou"), "did you mean 'toy'"),
    ],
)
def test_one_challenge_must_be_meant(
    harness: Harness, filled: Store, make_record: Make, folder: Path, words: tuple[str, ...], message: str
) -> None:
    filled.put([make_record(fingerprint="f" * 16)])
    result = harness("snapshot", folder, *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not folder.parent.exists()


def test_an_empty_board_is_not_published(harness: Harness, folder: Path) -> None:
    result = harness("snapshot", folder)
    assert result.exit_code == 2
    assert "has finished, so there is nothing to publish" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_place_inside_a_file_is_refused(harness: Harness, filled: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = harness("snapshot", tmp_path / "file" / "snapshot")
    assert result.exit_code == 2
    assert "cannot be made" in result.stderr
