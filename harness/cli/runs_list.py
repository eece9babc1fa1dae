"""`harness runs list`: every recorded run, and how much room each takes."""

from __future__ import annotations

import click
from rich import box
from rich.table import Table
from rich.text import Text

from harness.cli.options import print_json
from harness.cli.sizes import megabytes
from harness.cli.terminal import console_for_tables
from harness.runs.disk_use import bytes_of
from harness.runs.home import RECORD, Home
from harness.untrusted.words import printable


def list_all(home: str | None, as_json: bool) -> None:
    """Print the runs of a home; as JSON their records."""
    place = Home(home)
    found = list(place.records())
    if as_json:
        print_json([record.model_dump(mode="json") for _, record in found])
        return
    listed = {folder for folder, _ in found}
    for folder in place.all_runs():
        if folder not in listed:
            told = f"Warning: Left out {folder}: its {RECORD} cannot be read; 'harness runs show' says why."
            click.echo(printable(told), err=True)
    if not found:
        click.echo(printable(f"There are no runs in {place.runs} yet; 'harness run' makes them."))
        return
    table = Table("run", "status", "challenge", "seed", "label", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("size", justify="right")
    for folder, record in found:
        cells = (record.run_id, record.status, record.challenge.spec, str(record.seed), record.label or "")
        table.add_row(*(Text(printable(cell)) for cell in cells), megabytes(bytes_of(folder)))
    console_for_tables().print(table)
    checkpoints = f", checkpoints {megabytes(bytes_of(place.checkpoints))}"
    everything = megabytes(bytes_of(place.path))
    click.echo(printable(f"{len(found):,} runs; {place.path} holds {everything}{checkpoints} of it."))
