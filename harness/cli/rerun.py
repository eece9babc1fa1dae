"""What `harness rerun` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Table
from rich.text import Text

from harness.cli.options import print_json
from harness.cli.results import others_to_standard_error
from harness.cli.running import run_one
from harness.cli.terminal import console_for_tables
from harness.cli.termination import stop_as_by_control_c
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.registry.lifecycle import announce
from harness.runs.home import RECORD, Home
from harness.runs.planning import Planned, plan_runs
from harness.runs.repeating import Change, Sameness, changes, request_of, require_comparable, same_samples
from harness.untrusted.words import printable


def carry_out(
    run: str, data: str | None, device: str | None, name: str | None, home: str | None, as_json: bool
) -> int:
    """Make a run again; the exit code of the command.

    Raises:
        HarnessError: there is no such record, or it cannot be repeated with what is installed here.
    """
    stop_as_by_control_c()
    place = Home(home)
    folder, record = _recorded(run, place)
    require_comparable(folder)
    request = request_of(record, data, device, name)
    with others_to_standard_error():
        planned = _planned(request, record)
    found = changes(record, planned)
    if not as_json:
        _show_changes(record, found)
    again, status = run_one(planned.plans[0], planned, place, as_json)
    same = same_samples(folder, place.path / again.artifacts) if again.status == "finished" else None
    if as_json:
        print_json(_value(record, again, found, same))
        return status
    if again.status == "finished":
        _show_scores(record, again)
        click.echo(printable(_verdict(record, same)))
        announce("runs_reported", records=[again], home=place.path)
    return status


def _recorded(reference: str, home: Home) -> tuple[Path, RunRecord]:
    """The folder and the record that are meant."""
    path = Path(reference)
    if path.is_file():
        return path.parent, RunRecord.read(path)
    folder = home.find(reference)
    return folder, RunRecord.read(folder / RECORD)


def _planned(request: Any, record: RunRecord) -> Planned:
    try:
        planned = plan_runs(request)
    except HarnessError as error:
        made_by = f"{record.estimator.distribution} {record.estimator.version}"
        raise HarnessError(
            f"Run {record.run_id}, made by {made_by}, cannot be repeated here: {error}"
        ) from error
    if not planned.plans:
        reason = " ".join(map(str, planned.left_out))
        raise HarnessError(f"Run {record.run_id} cannot be repeated here. {reason}".rstrip())
    return planned


def _show_changes(record: RunRecord, found: Sequence[Change]) -> None:
    if not found:
        click.echo(printable(f"Everything is as it was for run {record.run_id}."))
        return
    click.echo(printable(f"Not as it was for run {record.run_id}:"))
    table = Table("", "recorded", "now", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for change in found:
        table.add_row(*(Text(printable(cell or "-")) for cell in (change.what, change.recorded, change.now)))
    console_for_tables().print(table)


def _show_scores(record: RunRecord, again: RunRecord) -> None:
    table = Table("score", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for header in ("recorded", "again"):
        table.add_column(header, justify="right")
    values = {score.scorer.name: score.value for score in again.scores}
    for score in record.scores:
        cells = (score.scorer.name, _number(score.value), _number(values.get(score.scorer.name)))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console_for_tables().print(table)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _verdict(record: RunRecord, same: Sameness | None) -> str:
    if same is None:
        return f"The predictions of run {record.run_id} are not kept, so samples could not be compared."
    if same.identical:
        return f"The samples of all {same.planets:,} planets are the same, number for number."
    return (
        f"The samples of {same.moved:,} of {same.planets:,} planets differ; the mean of a parameter moved by "
        f"at most {same.farthest:.2g} of its posterior's standard deviation."
    )


def _value(
    record: RunRecord, again: RunRecord, found: Sequence[Change], same: Sameness | None
) -> dict[str, Any]:
    return {
        "repeated": record.run_id,
        "changes": [vars(change) for change in found],
        "samples": None if same is None else vars(same),
        "run": again.model_dump(mode="json"),
    }
