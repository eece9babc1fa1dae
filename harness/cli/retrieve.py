"""`harness retrieve`: the atmosphere behind a measured spectrum."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Table as RichTable

from harness.cli.options import print_json
from harness.cli.spectrum_options import given_layout
from harness.cli.terminal import PlainConsole, console_for_tables, styled
from harness.cli.termination import stop_as_by_control_c
from harness.cli.whole_table import print_whole
from harness.components.progress import shown_progress
from harness.errors import HarnessError
from harness.figures.retrieval_files import PAGE, write_retrieval
from harness.files.lock import Lock
from harness.real_spectra.comparing import comparisons
from harness.real_spectra.comparison import Comparison, smaller_models
from harness.real_spectra.config import merged_settings, parse_priors
from harness.real_spectra.reading import read_spectra
from harness.real_spectra.report import Report, document, report_of
from harness.real_spectra.result import RetrievalResult, judged
from harness.real_spectra.retrieval import Problem, host_of, pose, retrieve
from harness.runs.home import Home
from harness.untrusted.words import printable


def carry_out(
    files: tuple[Path, ...],
    config: Path | None,
    priors: tuple[str, ...],
    output: Path | None,
    compare: bool,
    resume: bool,
    home: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Infer the atmosphere behind the measured spectrum in FILE."""
    stop_as_by_control_c()
    if output is not None and output.exists():
        raise HarnessError(f"{output} exists already; choose another place or remove it.")
    problem = _posed(files, config, {**given, "priors": parse_priors(priors)})
    if resume and problem.settings.method == "npe":
        click.echo("Note: --method npe takes minutes and keeps nothing of them: it begins again.", err=True)
    if compare:
        smaller_models(problem.settings)  # refused before anything is retrieved
    place = Home(home)
    place.create()
    retrievals = place.path / "retrievals"
    folder = output or retrievals / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{problem.spectrum.name}"
    with _own(retrievals / ".unfinished" / problem.identity) as unfinished:
        if not resume:
            for checkpoint in unfinished.glob("*.h5"):
                checkpoint.unlink()
        result = _retrieved(problem, unfinished)
        compared: tuple[Comparison, ...] = tuple(comparisons(result, unfinished)) if compare else ()
        write_retrieval(folder, result, compared)
        for checkpoint in unfinished.glob("*.h5"):
            checkpoint.unlink()
    if as_json:
        print_json({**document(result, compared), "folder": str(folder.absolute())})
    else:
        _show(report_of(result, compared), folder)


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


def _retrieved(problem: Problem, unfinished: Path) -> RetrievalResult:
    begun = time.monotonic()
    with shown_progress("retrieval", problem.settings.effective, quiet=False) as advance:
        found = retrieve(problem, unfinished / f"{problem.identity}.h5", advance)
    return judged(problem, found, time.monotonic() - begun)


@contextmanager
def _own(folder: Path) -> Iterator[Path]:
    """A folder of checkpoints that no other process works in; it is removed when it is empty.

    Raises:
        HarnessError: another process works in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock.take(folder / "lock")
    if lock is None:
        raise HarnessError(
            "Another process is at work on this very retrieval; wait for it, or change the seed."
        )
    try:
        yield folder
    finally:
        lock.release()
        if not any(folder.iterdir()):
            folder.rmdir()


def _show(report: Report, folder: Path) -> None:
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
