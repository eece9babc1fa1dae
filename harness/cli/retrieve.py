"""`harness retrieve`: the atmosphere behind a measured spectrum."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Table as RichTable

from harness.cli.options import print_json
from harness.cli.run_report import debug_asked, exit_code_of, show_error
from harness.cli.spectrum_options import given_layout
from harness.cli.terminal import PlainConsole, console_for_tables, styled
from harness.cli.termination import stop_as_by_control_c
from harness.cli.whole_table import print_whole
from harness.errors import HarnessError
from harness.figures.retrieval_files import PAGE, write_retrieval
from harness.files.storage import write_whole_folder
from harness.real_spectra.comparison import smaller_models
from harness.real_spectra.config import merged_settings, parse_priors
from harness.real_spectra.reading import read_spectra
from harness.real_spectra.report import Report
from harness.real_spectra.retrieval import Problem, host_of, pose
from harness.runs.home import Home
from harness.runs.recording import require_label
from harness.runs.retrieval_record import RetrievalPlan
from harness.runs.retrieval_run import Recorded, carried_out
from harness.untrusted.words import printable


def carry_out(
    files: tuple[Path, ...],
    config: Path | None,
    priors: tuple[str, ...],
    output: Path | None,
    compare: bool,
    resume: bool,
    name: str | None,
    home: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Infer the atmosphere behind the measured spectrum in FILE, and record it; the exit code."""
    stop_as_by_control_c()
    if output is not None and output.exists():
        raise HarnessError(f"{output} exists already; choose another place or remove it.")
    require_label(name or "")
    problem = _posed(files, config, {**given, "priors": parse_priors(priors)})
    if compare:
        smaller_models(problem.settings)  # refused before anything is retrieved
    place = Home(home)
    place.create()
    plan = RetrievalPlan(problem, files, compare, name, resume)
    recorded, error = carried_out(plan, place, write_retrieval)
    if error is not None:
        show_error(recorded.record, place, error, debug=debug_asked())
        return exit_code_of(error)
    if output is not None:
        _copy(recorded, output)
    _show(recorded, output or recorded.files, as_json)
    return 0


def _copy(recorded: Recorded, output: Path) -> None:
    """Write the files of a recorded retrieval where they are asked for, all of them or none.

    Raises:
        HarnessError: that cannot be written; the run is recorded all the same.
    """

    def copy(folder: Path) -> None:
        for path in recorded.files.iterdir():
            shutil.copyfile(path, folder / path.name)

    try:
        write_whole_folder(output.absolute(), copy)
    except OSError as error:
        raise HarnessError(
            f"{output} cannot be written ({error.strerror or error}); what was found is safe in "
            f"{recorded.files}."
        ) from error


def _posed(files: tuple[Path, ...], config: Path | None, given: dict[str, Any]) -> Problem:
    """The spectrum and what is asked of it, told as it was understood."""
    settings, layout = merged_settings(config, given)
    columns = given_layout(layout.get("columns"), layout.get("units"))
    spectrum = read_spectra(files, host_of(settings), columns, layout.get("widths"))
    for note in spectrum.notes:
        click.echo(printable(f"Note: {note}"), err=True)
    problem = pose(spectrum, settings)
    asked = ", ".join(problem.names)
    click.echo(printable(f"{len(spectrum)} channels, {len(problem.names)} parameters: {asked}"), err=True)
    return problem


def _show(recorded: Recorded, folder: Path, as_json: bool) -> None:
    record = recorded.record
    if as_json:
        print_json({**recorded.document(), "run": record.run_id, "folder": str(folder.absolute())})
        return
    if recorded.again:
        click.echo(printable(f"Run {record.run_id} has finished before:"))
    _show_report(recorded.report(), folder)
    fingerprint = record.challenge.fingerprint
    click.echo(
        f"Recorded as run {record.run_id}; 'harness leaderboard --challenge {fingerprint}' compares it with "
        "others of the same spectrum, model and priors."
    )


def _show_report(report: Report, folder: Path) -> None:
    console = PlainConsole()
    console.print(styled((printable(report.title), "bold"), f"  {report.facts}"))
    for table in report.tables:
        console.print(styled(("\n" + table.title, "bold")))
        drawn = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
        for at, name in enumerate(table.head):
            drawn.add_column(name, justify="right" if at else "left", no_wrap=True)
        for row in table.rows:
            drawn.add_row(*(printable(word) for word in row))
        print_whole(console_for_tables(), drawn)
    for sentence in report.sentences:
        console.print(sentence)
    for path in (folder / PAGE, folder):
        console.print(printable(str(path)), soft_wrap=True)
