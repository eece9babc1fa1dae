"""`harness submit`: a run's predictions as a submission file."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from harness.components.device import resolve_device
from harness.data.posterior import Posterior
from harness.data.record import RunRecord
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.files.storage import is_disk_full, write_whole
from harness.runs.fitted import open_run
from harness.runs.home import PREDICTIONS, RECORD, SCHEMA, Home
from harness.runs.reopening import reopen
from harness.submissions import (
    MAX_ROWS,
    MIN_ROWS,
    far_outside_prior,
    read_submission,
    recorded_planets,
    write_submission,
)
from harness.untrusted.words import printable


def carry_out(
    run: str, output: Path, split: str, challenge: str | None, force: bool, device: str, home: str | None
) -> None:
    """Write the predictions of RUN as a submission file."""
    folder = Home(home).find(run)
    if output.exists() and not force:
        raise HarnessError(f"{output} exists already; choose another name, or replace it with --force.")
    if not output.absolute().parent.is_dir():
        raise HarnessError(f"The folder {output.absolute().parent} does not exist; create it first.")
    if split == "test" and challenge is not None:
        raise HarnessError(
            "--challenge is for --split unlabelled; the predictions for 'test' are in the run."
        )
    try:
        if split == "test":
            planets = _submit_recorded(folder, output)
        else:
            planets = _submit_unlabelled(folder, output, challenge, device)
    except OSError as error:
        if is_disk_full(error):
            raise
        raise HarnessError(f"{error.filename or output} cannot be used ({error.strerror}).") from error
    click.echo(printable(f"{output}: {planets:,} planets of run {folder.name}"))


def _submit_recorded(folder: Path, output: Path) -> int:
    """Check the run's recorded predictions and copy them."""
    record = RunRecord.read(folder / RECORD)
    if record.status != "finished":
        raise HarnessError(f"Run {record.run_id} {record.status} ({record.error}); it has no predictions.")
    predictions, schema = folder / PREDICTIONS, Schema.read(folder / SCHEMA)
    planets = recorded_planets(predictions)
    _tell_of_prior(read_submission(predictions, planets, schema), planets, schema)
    try:
        write_whole(output, lambda partial: shutil.copyfile(predictions, partial))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(output)) from error
    return len(planets)


def _submit_unlabelled(folder: Path, output: Path, spec: str | None, device: str) -> int:
    """Sample the challenge's unlabelled planets with the fitted estimator."""
    fitted = open_run(folder, resolve_device(device))
    n = fitted.record.n_samples
    if not MIN_ROWS <= n <= MAX_ROWS:
        raise HarnessError(
            f"Run {fitted.record.run_id} draws {n:,} samples for each planet; a submission has "
            f"{MIN_ROWS:,} to {MAX_ROWS:,}, run it again with --samples."
        )
    challenge = reopen(fitted.record.challenge, spec, "--challenge")
    if "unlabelled" not in challenge.splits:
        raise HarnessError(
            f"{challenge.spec} has no unlabelled planets: the truth of its test planets is known."
        )
    observations = challenge.splits["unlabelled"].observations
    posterior = fitted.sample(observations, n)
    _tell_of_prior(posterior, observations.names.tolist(), fitted.schema)
    write_submission(output, posterior, observations.names)
    return len(observations)


def _tell_of_prior(posterior: Posterior, planets: Sequence[str], schema: Schema) -> None:
    if (told := far_outside_prior(posterior, planets, schema)) is not None:
        click.echo(f"Warning: {printable(told)}", err=True)
