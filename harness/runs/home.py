"""Where runs lie: the harness home and the folders of its runs."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError, nearest_match, some_of
from harness.runs.checkpoint import clear_abandoned_checkpoints
from harness.runs.run_folder import clear_abandoned
from harness.untrusted.files import expanded, require_file

if TYPE_CHECKING:
    from harness.data.record import RunRecord

# what lies in the folder of a run
RECORD = "record.json"
SCHEMA = "schema.json"
LATEST = "latest"  # means the run that started last
PREDICTIONS = "predictions.h5"
TRAINING_RANGE = "training_range.json"
PER_PLANET = "scores.csv"
ALARM = "alarm.safetensors"
ALARMS = "alarms.csv"
LOG = "log.txt"
ESTIMATOR = "estimator"
ARTIFACTS = "artifacts"
RETRIEVAL = "retrieval"  # what `harness retrieve` found of a measured spectrum
REPORT = "report.json"  # the same in words
PREDICTED = "predictions"  # what `harness predict` said
EVIDENCE = "evidence.csv"  # among the artifacts

PROBE = ".write-test-"
AHEAD = timedelta(days=1)  # by which the clocks of two machines may differ


def not_yet() -> datetime:
    """The moment after which no run can have started, if clocks are right."""
    return datetime.now(UTC) + AHEAD


class Home:
    """The folder that holds runs, checkpoints and the leaderboard.

    `--home`, else the environment variable HARNESS_HOME, else the platform's user data folder.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        chosen = path or os.environ.get("HARNESS_HOME")
        if chosen:
            self.path = expanded(chosen).absolute()
        else:
            import platformdirs

            self.path = platformdirs.user_data_path("ariel-harness", appauthor=False)

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def create(self) -> None:
        """Make the folders.

        Raises:
            HarnessError: the home cannot be written to.
        """
        try:
            self.runs.mkdir(parents=True, exist_ok=True)
            probe = self.runs / f"{PROBE}{os.getpid()}"
            probe.touch()
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise HarnessError(
                f"The harness home {self.path} cannot be written to ({error.strerror}); "
                "choose another with --home or HARNESS_HOME."
            ) from error
        self.clear_abandoned()

    def clear_abandoned(self) -> None:
        """Remove what processes that were killed left behind, but what `--resume` goes on from."""
        clear_abandoned(self.runs)
        clear_abandoned_checkpoints(self.checkpoints)

    def all_runs(self) -> list[Path]:
        """The folders of all complete runs, oldest first."""
        return list(self._folders())

    def _folders(self, but: Collection[str] = ()) -> Iterator[Path]:
        """Those, without the ones that have a name in `but`, which nothing is asked of."""
        names: list[str] = []
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            names = sorted(os.listdir(self.runs))
        for name in names:
            if not name.startswith(".") and name not in but and os.path.exists(self.runs / name / RECORD):
                yield self.runs / name

    def records(self, but: Collection[str] = ()) -> Iterator[tuple[Path, RunRecord]]:
        """(folder, record) of each complete run, oldest first; without those whose record cannot be read.

        Folders with the names in `but` are not read.
        """
        from harness.data.record import RunRecord

        for folder in self._folders(but):
            with suppress(HarnessError, OSError):
                yield folder, RunRecord.read(folder / RECORD)

    def find(self, reference: str) -> Path:
        """The folder of a run: by its id, the unique start of it, its label, "latest", or its path.

        Raises:
            HarnessError: no run or more than one is meant.
        """
        require_named(reference)
        if (Path(reference) / RECORD).is_file():
            return Path(reference)
        folders = self.all_runs()
        if reference == LATEST and folders:
            return _latest(folders)
        by_id = [folder for folder in folders if folder.name == reference]
        matches = by_id or [f for f in folders if f.name.startswith(reference)] or self._labelled(reference)
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise ambiguous(reference, [folder.name for folder in matches])
        require_record(reference)
        hint = nearest_match(reference, [folder.name for folder in folders])
        raise HarnessError(
            f"There is no run '{reference}' under {self.runs}{hint}; 'harness runs list' lists them."
        )

    def _labelled(self, label: str) -> list[Path]:
        return [folder for folder, record in self.records() if record.label == label]


def ambiguous(reference: str, run_ids: list[str]) -> HarnessError:
    """The error that a reference means several runs."""
    listed = some_of(run_ids, 5)
    return HarnessError(f"Run '{reference}' is ambiguous: it may mean {listed}; write more of the id.")


def require_named(reference: str) -> None:
    """Refuse an empty text, with which every id begins.

    Raises:
        HarnessError: it is empty.
    """
    if not reference.strip():
        raise HarnessError("The name of the run is empty; give its id, the beginning of it, or its label.")


def require_record(reference: str) -> None:
    """Refuse a folder that lacks the record of a run.

    Raises:
        HarnessError: names the missing file.
    """
    if reference and Path(reference).is_dir():
        require_file(Path(reference) / RECORD, "expected the record of a run")


def _latest(folders: list[Path]) -> Path:
    """The run that started last; not one dated by a clock that is ahead, where there are others."""
    limit = f"{not_yet():%Y%m%d-%H%M%S}"
    ahead = [folder for folder in folders if re.match(r"\d{8}-\d{6}", folder.name) and folder.name > limit]
    rest = [folder for folder in folders if folder not in ahead]
    if ahead and rest:
        tell_of_clock(rest[-1].name, ahead[-1].name)
    return (rest or ahead)[-1]


def tell_of_clock(latest: str, ahead: str) -> None:
    """Say which run "latest" is, where another one is dated in the future."""
    warnings.warn(
        f"'latest' is taken to be {latest}; {ahead} is dated in the future, by a clock that was ahead.",
        stacklevel=3,
    )
