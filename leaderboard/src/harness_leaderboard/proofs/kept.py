"""What is kept of runs to be scored again: their predictions, and the challenges that they were made on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.components import Challenge
from harness.data.posterior import Posterior
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.runs.home import PREDICTIONS
from harness.runs.recorded import recorded_prediction
from harness.runs.reopening import reopen
from harness_leaderboard.folders import run_folder


class NotKept(HarnessError):
    """The predictions of a run are not here; nothing that is here is damaged."""


class Kept:
    """Runs with what is kept of them; each challenge is opened once.

    Arguments:
        home: under which the folders of the runs lie.
        data: where the data of the challenge lie now, as NAME:PATH; None for where they lay.
        folders: those of runs that lie elsewhere, by id.
    """

    def __init__(
        self, home: Path, data: str | None = None, folders: Mapping[str, Path] | None = None
    ) -> None:
        self.home = home
        self._folders = dict(folders or {})
        self._data = data
        self._opened: dict[str, Challenge | HarnessError] = {}

    def challenge(self, record: RunRecord) -> Challenge:
        """The challenge of a run.

        Raises:
            HarnessError: it cannot be opened, or is not what the run was made on.
        """
        about = record.challenge
        key = json.dumps([about.spec, about.fingerprint, about.options], sort_keys=True)
        if key not in self._opened:
            try:
                self._opened[key] = reopen(about, self._data, "--data")
            except HarnessError as error:
                self._opened[key] = error
            except MemoryError:  # one record is no reason not to check the others
                self._opened[key] = HarnessError(
                    f"the memory of this machine is not enough for its challenge, {about.spec}"
                )
        found = self._opened[key]
        if isinstance(found, HarnessError):
            raise found
        return found

    def require_data(self, runs: Iterable[RunRecord]) -> None:
        """Refuse a place of the data, where one is given, that is of none of the runs.

        Raises:
            HarnessError: it is of none.
        """
        told: HarnessError | None = None
        for run in runs if self._data is not None else ():
            try:
                self.challenge(run)
            except HarnessError as error:
                told = told or error
            else:
                return
        if told is not None:
            raise HarnessError(f"--data {self._data} is of none of these runs: {told}")

    def folder(self, record: RunRecord) -> Path:
        """The folder of a run, with its predictions in it.

        Raises:
            NotKept: it is not here, or its predictions are not.
            HarnessError: it is not the folder of the run, or its record is damaged.
        """
        folder = self._folders.get(record.run_id) or run_folder(record, self.home)
        if folder is None:
            raise NotKept("its folder is not here, and with it its predictions are not kept")
        if not (folder / PREDICTIONS).exists():
            raise NotKept("its folder has no predictions, they are not kept")
        return folder

    def prediction(self, record: RunRecord) -> Posterior:
        """What a run predicted of the test planets.

        Raises:
            HarnessError: it is not kept, or is damaged, or the challenge cannot be opened.
        """
        folder = self.folder(record)
        return recorded_prediction(folder, self.challenge(record))
