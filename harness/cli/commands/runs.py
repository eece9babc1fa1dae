"""`harness runs`: what lies in the home, where, and what of it can go."""

from __future__ import annotations

import click

from harness.cli.options import home_option, json_option, print_json
from harness.untrusted.words import printable


@click.group("runs")
def command() -> None:
    """List the runs of a home, and clear away what none of them needs."""


@command.command("list")
@home_option
@json_option
def list_runs(home: str | None, as_json: bool) -> None:
    """List every recorded run, oldest first."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from harness.cli.terminal import console_for_tables
    from harness.runs.home import Home

    place = Home(home)
    records = [record for _, record in place.records()]
    if as_json:
        print_json([record.model_dump(mode="json") for record in records])
        return
    if not records:
        click.echo(printable(f"There are no runs in {place.runs} yet; 'harness run' makes them."))
        return
    table = Table("run", "status", "challenge", "seed", "label", box=box.SIMPLE_HEAD, pad_edge=False)
    for record in records:
        cells = (record.run_id, record.status, record.challenge.spec, str(record.seed), record.label or "")
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console_for_tables().print(table)


@command.command("path")
@click.argument("run", metavar="RUN")
@home_option
def path_of_run(run: str, home: str | None) -> None:
    """Print the folder of RUN: its id, the beginning of it, its label, or "latest"."""
    from harness.runs.home import Home

    click.echo(printable(str(Home(home).find(run).absolute())))


@command.command("prune")
@click.option("--yes", is_flag=True, help="Delete it; without this it is only shown.")
@home_option
@json_option
def prune(yes: bool, home: str | None, as_json: bool) -> None:
    """Show what no run needs any more, and with --yes delete it.

    That is what killed processes left half-written, and checkpoints of runs that have finished or are gone.
    Runs, and the checkpoints that interrupted ones go on from, stay.
    """
    from harness.runs.home import Home
    from harness.runs.leftovers import leftovers

    place = Home(home)
    found = [(one, one.n_bytes) for one in leftovers(place)]
    gone = [(one, n_bytes) for one, n_bytes in found if yes and one.delete()]
    freed = sum(n_bytes for _, n_bytes in (gone if yes else found))
    if as_json:
        described = [
            {"path": str(one.path), "bytes": n_bytes, "reason": one.reason, "deleted": (one, n_bytes) in gone}
            for one, n_bytes in found
        ]
        print_json({"leftovers": described, "bytes": freed})
        return
    if not found:
        click.echo(printable(f"Nothing in {place.path} can go."))
        return
    for one, n_bytes in found:
        line = f"{_megabytes(n_bytes):>10}  {one.path.relative_to(place.path)}: {one.reason}"
        click.echo(printable(line))
    if yes:
        click.echo(f"Deleted {len(gone)} of {len(found)}, {_megabytes(freed)} in all.")
    else:
        click.echo(
            f"{len(found)} can go, {_megabytes(freed)} in all; 'harness runs prune --yes' deletes them."
        )


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"
