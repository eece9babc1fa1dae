"""`harness runs show`: what is recorded of a run, and what lies in its folder."""

from __future__ import annotations

import click
from rich import box
from rich.table import Table
from rich.text import Text

from harness.cli.options import print_json
from harness.cli.score_table import print_scores
from harness.cli.sizes import megabytes
from harness.cli.terminal import console_for_tables
from harness.data.record import ComponentRecord, RunRecord
from harness.runs.disk_use import sizes_in
from harness.runs.home import RECORD, Home
from harness.untrusted.words import printable


def show_run(run: str, home: str | None, as_json: bool) -> None:
    """Print a run's record, scores and files.

    Raises:
        HarnessError: there is no such run, or its record is damaged.
    """
    folder = Home(home).find(run)
    record = RunRecord.read(folder / RECORD)
    sizes = sizes_in(folder)
    if as_json:
        print_json(
            {"record": record.model_dump(mode="json"), "folder": str(folder.absolute()), "bytes": sizes}
        )
        return
    console = console_for_tables()
    console.print(_facts(record))
    if record.scores:
        print_scores(console, record.scores)
    click.echo(printable(f"{folder.absolute()}: {megabytes(sum(sizes.values()))}"))
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(justify="right")
    table.add_column()
    for name, n_bytes in sizes.items():
        table.add_row(megabytes(n_bytes), Text(printable(name)))
    console.print(table)


def _facts(record: RunRecord) -> Table:
    table = Table(show_header=False, box=box.SIMPLE, show_edge=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    seconds = {name: value for name, value in record.seconds.model_dump().items() if value is not None}
    rows = {
        "run": record.run_id,
        "label": record.label,
        "status": record.status,
        "error": record.error,
        "started": record.started_at,
        "challenge": f"{_component(record.challenge)}, fingerprint {record.challenge.fingerprint}",
        "preprocessor": _component(record.preprocessor),
        "embedder": _component(record.embedder),
        "estimator": _component(record.estimator),
        "submitted by": None if record.submission is None else record.submission.by,
        "seed": str(record.seed),
        "samples": f"{record.n_samples:,} for each planet",
        "seconds": ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()),
        "device": record.device,
        "revision": record.git_revision,
    }
    for name, text in rows.items():
        if text:
            table.add_row(name, Text(printable(text)))
    return table


def _component(component: ComponentRecord | None) -> str | None:
    """A component with the options that differ from their defaults."""
    if component is None:
        return None
    options = ", ".join(f"{name}={value}" for name, value in component.changed.items())
    origin = f"{component.distribution} {component.version}".strip()
    return f"{component.name} of {origin}" + (f" ({options})" if options else "")
