"""Where runs lie: the harness home and the folders of its runs."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from harness.errors import HarnessError, nearest_match

# what lies in the folder of a run
RECORD = "record.json"
SCHEMA = "schema.json"
PREDICTIONS = "predictions.h5"
TRAINING_RANGE = "training_range.json"
PER_PLANET = "scores.csv"
LOG = "log.txt"
ESTIMATOR = "estimator"
ARTIFACTS = "artifacts"

ABANDONED = 7 * 24 * 3600.0  # seconds after which an unfinished folder is nobody's any more


class Home:
    """The folder that holds runs, checkpoints and the leaderboard.

    `--home`, else the environment variable HARNESS_HOME, else the platform's user data folder.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        chosen = path or os.environ.get("HARNESS_HOME")
        if chosen:
            self.path = Path(chosen).expanduser().absolute()
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
            probe = self.runs / f".write-test-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise HarnessError(
                f"The harness home {self.path} cannot be written to ({error.strerror}); "
                "choose another with --home or HARNESS_HOME."
            ) from error

        self._clear_away()

    def _clear_away(self) -> None:
        """Remove what processes that were killed long ago left half-written."""
        for path in self.runs.glob(".*.partial"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > ABANDONED:
                    shutil.rmtree(path)

    def all_runs(self) -> list[Path]:
        """The folders of all complete runs, oldest first."""
        if not self.runs.is_dir():
            return []
        return sorted(path.parent for path in self.runs.glob(f"[!.]*/{RECORD}"))

    def find(self, reference: str) -> Path:
        """The folder of a run: by its id, the unique start of it, its label, "latest", or its path.

        Raises:
            HarnessError: no run or more than one is meant.
        """
        if (Path(reference) / RECORD).is_file():
            return Path(reference)
        folders = self.all_runs()
        if reference == "latest" and folders:
            return folders[-1]
        by_id = [folder for folder in folders if folder.name == reference]
        matches = by_id or [f for f in folders if f.name.startswith(reference)] or self._labelled(reference)
        if len(matches) == 1:
            return matches[0]
        if matches:
            listed = ", ".join(folder.name for folder in matches[:5])
            raise HarnessError(f"Run '{reference}' is ambiguous: it may mean {listed}; write more of the id.")
        hint = nearest_match(reference, [folder.name for folder in folders])
        raise HarnessError(
            f"There is no run '{reference}' under {self.runs}{hint}; 'harness leaderboard --runs' lists them."
        )

    def _labelled(self, label: str) -> list[Path]:
        from harness.data.record import RunRecord

        found = []
        for folder in self.all_runs():
            with suppress(HarnessError):  # a damaged record of another run is no reason not to find this one
                if RunRecord.read(folder / RECORD).label == label:
                    found.append(folder)
        return found
