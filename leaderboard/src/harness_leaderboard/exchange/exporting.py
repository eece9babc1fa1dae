"""Writing a board with the runs behind it into a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.files.storage import require_space, write_whole_folder
from harness.runs.home import PREDICTIONS, RECORD
from harness.untrusted.words import excerpt
from harness_leaderboard.board import boards
from harness_leaderboard.exchange.claims import check_files, check_texts
from harness_leaderboard.exchange.manifest import OF_A_RUN, RUNS, Manifest, files_in, is_plain
from harness_leaderboard.folders import run_folder
from harness_leaderboard.planet_scores import PlanetsInFolders
from harness_leaderboard.snapshot.commands import without_place
from harness_leaderboard.snapshot.writing import texts_of


@dataclass(frozen=True)
class Exported:
    """What was written: how many runs, how many of them with their predictions, and how many bytes."""

    runs: int
    with_predictions: int
    n_bytes: int


def export_runs(
    folder: Path, runs: Iterable[RunRecord], home: Path, made_by: str | None, *, predictions: bool
) -> Exported:
    """Write the finished runs of one challenge, and the board that they make, into a new folder.

    Records name no folder of the machine. Scores that were added to runs are not taken along: they can be
    computed from the predictions.

    Arguments:
        folder: appears when everything is written.
        runs: at least one.
        home: under which their folders lie.
        made_by: what made the runs, in the words of who exports them.
        predictions: whether these are taken along, where they are kept.

    Raises:
        HarnessError: the folder is there already, or a run cannot be taken along: a file of it is damaged, or
            contradicts its record.
        OSError: the disk is full.
    """
    if folder.exists():
        raise HarnessError(f"{folder} exists already; choose another place or remove it.")
    sources = {run.run_id: _source(run, home) for run in runs}
    cleaned = [anonymous(run) for run in runs]
    taken = [name for name in OF_A_RUN if name != RECORD and (predictions or name != PREDICTIONS)]
    files = [
        (run_id, source / name)
        for run_id, source in sources.items()
        for name in taken
        if source is not None and (source / name).is_file()
    ]
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    n_bytes = sum(file.stat().st_size for _, file in files)
    require_space(folder.absolute().parent, n_bytes, "choose another place")

    def write(partial: Path) -> None:
        for run in cleaned:
            (partial / RUNS / run.run_id).mkdir(parents=True)
            run.write(partial / RUNS / run.run_id / RECORD)
        for run_id, file in files:
            shutil.copyfile(file, partial / RUNS / run_id / file.name)
        _describe(partial, cleaned, made_by)

    write_whole_folder(folder.absolute(), write)
    with_predictions = sum(file.name == PREDICTIONS for _, file in files)
    return Exported(len(cleaned), with_predictions, n_bytes)


def anonymous(run: RunRecord) -> RunRecord:
    """A record that names no folder of the machine that it was made on."""
    return RunRecord.model_validate(without_place(run.model_dump(mode="json")))


def _source(run: RunRecord, home: Path) -> Path | None:
    if not is_plain(run.run_id) or run.artifacts != f"{RUNS}/{run.run_id}":
        raise HarnessError(
            f"Run '{excerpt(run.run_id)}' has an id or a folder that no run of the harness has; "
            "take it off the board, or export another challenge."
        )
    folder = run_folder(run, home)
    check_texts(run)
    if folder is not None:
        check_files(run, folder)
    return folder


def _describe(folder: Path, runs: list[RunRecord], made_by: str | None) -> None:
    """The snapshot of the board that the runs make, and the manifest of everything."""
    planets = PlanetsInFolders({run.run_id: folder / RUNS / run.run_id for run in runs})
    [board] = boards(runs, planets=planets)
    made_at = f"{datetime.now(UTC):%Y-%m-%d}"
    for name, text in texts_of(board, made_at, made_by).items():
        (folder / name).write_text(text, encoding="utf-8")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    about = board.challenge
    Manifest(
        challenge=about.spec, fingerprint=about.fingerprint, made_at=made_at, files=files_in(folder, names)
    ).write(folder)
