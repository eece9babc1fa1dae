"""Writing a board as pages into a new folder."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.components import Challenge
from harness.data.intervals import intervals
from harness.data.posterior import Posterior
from harness.data.record import RunRecord
from harness.errors import HarnessError, nearest_match
from harness.files.storage import write_whole_folder
from harness_leaderboard.board import Board
from harness_leaderboard.exchange.manifest import is_plain
from harness_leaderboard.folders import run_folder
from harness_leaderboard.planet_scores import PlanetSource
from harness_leaderboard.proofs.kept import Kept
from harness_leaderboard.site.calibration import coverage_curve
from harness_leaderboard.site.index import index_page
from harness_leaderboard.site.run_page import run_page

RUNS = "runs"
DPI = 70  # of a corner plot


def write_site(
    folder: Path,
    board: Board,
    made_at: str,
    planets: PlanetSource,
    kept: Kept,
    chosen: Sequence[str],
    rescored: Callable[[RunRecord], bool],
    advance: Callable[[int], None],
) -> list[str]:
    """Write index.html and a page for each run; what could not be drawn, in clauses.

    Arguments:
        folder: appears when everything is written; it is not there yet.
        board: with at least one entry.
        made_at: the day.
        planets: scores of single planets.
        kept: predictions of runs and their challenge.
        chosen: planets whose posteriors are drawn on the pages of all runs.
        rescored: whether the scores of a run were computed again and hold.
        advance: called for each run that is done.

    Raises:
        HarnessError: the folder is there already, the data are of no run, or a chosen planet is none of the
            test planets.
        OSError: the disk is full.
    """
    if folder.exists():
        raise HarnessError(f"{folder} exists already; choose another place or remove it.")
    runs = [run for _, entry in board.ranked for run in entry.runs]
    kept.require_data(runs)
    links = {run.run_id: f"{RUNS}/{_file_name(run)}" for run in runs}
    newest = {entry.example.run_id: place for place, (_, entry) in enumerate(board.ranked)}
    missing: list[str] = []
    coverage: dict[int, NDArray[np.float64]] = {}

    def write(partial: Path) -> None:
        (partial / RUNS).mkdir()
        for run in runs:
            where = None
            with suppress(HarnessError):
                where = run_folder(run, kept.home)
            corners: Mapping[str, bytes] = {}
            if chosen or run.run_id in newest:
                try:
                    prediction, challenge = kept.prediction(run), kept.challenge(run)
                except HarnessError as error:
                    missing.append(f"{run.run_id}: {str(error).rstrip('.')}")
                else:
                    curve = coverage_curve(prediction, challenge) if run.run_id in newest else None
                    if curve is not None:
                        coverage[newest[run.run_id]] = curve
                    corners = _corners(prediction, challenge, chosen)
            text = run_page(run, where, corners, rescored(run))
            (partial / links[run.run_id]).write_text(text, encoding="utf-8")
            advance(1)
        index = index_page(board, made_at, links, planets, coverage)
        (partial / "index.html").write_text(index, encoding="utf-8")

    write_whole_folder(folder.absolute(), write)
    return missing


def _file_name(run: RunRecord) -> str:
    """A name that a file can have anywhere: a record may be a stranger's."""
    stem = run.run_id if is_plain(run.run_id) else hashlib.sha256(run.run_id.encode()).hexdigest()[:24]
    return f"{stem}.html"


def _corners(prediction: Posterior, challenge: Challenge, chosen: Sequence[str]) -> dict[str, bytes]:
    """A picture of the posterior of each chosen planet, the truth marked where it is known."""
    pictures = {}
    test = challenge.test
    known = list(map(str, test.observations.names.tolist()))
    for planet in chosen:
        if planet not in known:
            raise HarnessError(
                f"{challenge.spec} has no test planet '{planet}'{nearest_match(planet, known)}."
            )
        pictures[planet] = _corner(prediction, challenge, known.index(planet), planet)
    return pictures


def _corner(prediction: Posterior, challenge: Challenge, row: int, planet: str) -> bytes:
    from harness.figures.corner_plot import corner_plot

    samples, weights = prediction.planet(row)
    truth = challenge.test.truth.parameters
    known = None if truth is None or not bool(truth[row].isfinite().all()) else truth[row].tolist()
    [found] = intervals(Posterior(samples[None], weights[None]), challenge.schema)
    figure = corner_plot(samples, weights, found, planet, known)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=DPI)
    return picture.getvalue()
