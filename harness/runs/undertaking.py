"""What every recorded run goes through, whatever it computes: a folder, a log, a record, and how it ended."""

from __future__ import annotations

import logging
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from harness.components.run import Run
from harness.data.record import MemoryRecord, RunRecord
from harness.errors import HarnessError
from harness.files.storage import is_disk_full, require_space
from harness.registry.lifecycle import announce
from harness.runs.checkpoint import Checkpoint
from harness.runs.home import ARTIFACTS, LOG, RECORD, Home
from harness.runs.machine import PeakMemory
from harness.runs.run_folder import UnfinishedRun
from harness.runs.run_log import log_to

logger = logging.getLogger(__name__)


class Undertaking(Protocol):
    """What a run computes and writes."""

    def carry_out(self, run: Run, folder: Path) -> None:
        """Compute everything, and write it into the folder."""

    def ended(self, record: RunRecord, error: BaseException | None, memory: MemoryRecord) -> RunRecord:
        """The record of the run as far as it came; an error is what ended it, if anything did."""


def undertake(
    work: Undertaking,
    record: RunRecord,
    home: Home,
    surroundings: Callable[[Path], Run],
    *,
    resume: bool,
    n_bytes: int,
) -> tuple[RunRecord, BaseException | None]:
    """Carry out one run and record it, whether it finishes, fails or is interrupted.

    The run's folder is filled under a temporary name and appears under its own only when it is
    complete. A failed run is recorded with its reason.

    Arguments:
        work: of the run.
        record: as the run begins.
        home: where runs lie.
        surroundings: makes what the run is given, from its folder of checkpoints.
        resume: go on from what an interrupted run left.
        n_bytes: roughly what the results will take.

    Returns:
        the record, and the error that ended the run if one did.

    Raises:
        HarnessError: the home cannot be written to, the disk is full, or a plugin refuses the run as it
            starts: then nothing is recorded. Or a plugin refused later: then the run is recorded.
    """
    home.create()
    refusals: list[HarnessError] = []  # of plugins, which end the command and not the run

    def tell(hook: str, **arguments: Any) -> None:
        try:
            announce(hook, **arguments)
        except HarnessError as refusal:
            refusals.append(refusal)

    checkpoint = Checkpoint(home.checkpoints, record.identity, resume=resume)
    run = surroundings(checkpoint.path)
    run.report = lambda run, metrics: tell("epoch_finished", run=run, metrics=metrics)
    memory, error = PeakMemory(run.device), None
    folder: UnfinishedRun | None = None
    try:
        require_space(home.runs, n_bytes)
        folder = UnfinishedRun(home.runs, record.run_id)
        run.artifacts = folder.path / ARTIFACTS
        run.artifacts.mkdir()
        with log_to(folder.path / LOG), memory.watch():
            if resume and not checkpoint.shared:
                run.warn("another process is at work on the same run, so this one begins anew.")
            announce("run_started", run=run)
            try:
                work.carry_out(run, folder.path)
            except (Exception, KeyboardInterrupt, SystemExit) as stopped:
                if is_disk_full(stopped):
                    raise
                error = stopped
                logger.error("%s", traceback.format_exc())
        record = work.ended(record, error, memory.record())
        if error is not None:
            _keep_log_and_artifacts(folder.path)
        _remove_if_empty(folder.path / ARTIFACTS)
        record.write(folder.path / RECORD)
        folder.complete()
    except BaseException as stopped:
        if folder is not None:
            folder.discard()
        kept = checkpoint.close(keep=True)
        if is_disk_full(stopped):
            rest = f" but its checkpoint {checkpoint.path}, from which --resume goes on" if kept else ""
            raise HarnessError(
                f"The disk that holds {home.path} is full: run {record.run_id} could not be recorded and "
                f"nothing of it was kept{rest}. Free some space or choose another place with --home, and try "
                "again."
            ) from stopped
        raise
    checkpoint.close(keep=error is not None)
    if error is None:
        tell("run_finished", record=record, home=home.path)
    else:
        tell("run_failed", record=record, error=error, home=home.path)
    if refusals:
        raise refusals[0]
    return record, error


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _keep_log_and_artifacts(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name == ARTIFACTS:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOG:
            path.unlink()
