"""`harness runs`: what lies in the home, where, and what of it can go."""

from __future__ import annotations

import click

from harness.cli.options import home_option, json_option, print_json
from harness.cli.sizes import megabytes
from harness.untrusted.words import printable


@click.group("runs")
def command() -> None:
    """List the runs of a home, and clear away what none of them needs."""


@command.command("list")
@home_option
@json_option
def list_runs(home: str | None, as_json: bool) -> None:
    """List every recorded run, oldest first, and how much room each takes."""
    from harness.cli.runs_list import list_all

    list_all(home, as_json)


@command.command("show")
@click.argument("run", metavar="RUN")
@home_option
@json_option
def show(run: str, home: str | None, as_json: bool) -> None:
    """Show what is recorded of RUN, and how much room each of its files takes.

    RUN is the id of a run or the start of it, its label, its folder, or "latest".
    """
    from harness.cli.runs_show import show_run

    show_run(run, home, as_json)


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
        line = f"{megabytes(n_bytes):>10}  {one.path.relative_to(place.path)}: {one.reason}"
        click.echo(printable(line))
    if yes:
        click.echo(f"Deleted {len(gone)} of {len(found)}, {megabytes(freed)} in all.")
        kept = [str(one.path) for one, n_bytes in found if (one, n_bytes) not in gone]
        if kept:
            click.echo(
                printable(
                    f"Left: {', '.join(kept)}; a process has begun to work there, or you may not delete it."
                )
            )
    else:
        click.echo(
            f"{len(found)} can go, {megabytes(freed)} in all; 'harness runs prune --yes' deletes them."
        )
