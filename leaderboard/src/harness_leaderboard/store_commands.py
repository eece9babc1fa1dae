"""`harness leaderboard add` and `remove`: change what is on the board."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import NamedPath, home_option
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.runs.home import Home
from harness.untrusted.words import printable
from harness_leaderboard.folders import delete_files, read_records, run_folder
from harness_leaderboard.store import Store


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=NamedPath(path_type=Path))
@home_option
@click.pass_context
def add(context: click.Context, paths: tuple[Path, ...], home: str | None) -> None:
    """Put runs on the board, for instance from another machine.

    PATH is a run's folder, its record.json, or a folder of such folders. A run that is there already
    stays as it is. What lies in an exported board has to be what its manifest says.
    """
    found = read_records(paths)
    _check(found)
    records = [record for _, record in found]
    store = Store.of(Home(home or context.obj))
    new = store.put(records)
    from harness_leaderboard.planet_scores import PlanetStore  # with numpy, which help does without

    PlanetStore(store).keep({record.run_id: file.parent for file, record in found})
    there = f"; {len(records) - new:,} there already" if new < len(records) else ""
    click.echo(f"Added {new:,} {'run' if new == 1 else 'runs'} to the board{there}.")


def _check(found: list[tuple[Path, RunRecord]]) -> None:
    """Refuse texts of any length, and an exported board that is not what its manifest says."""
    from harness_leaderboard.exchange.checking import checked_export
    from harness_leaderboard.exchange.claims import check_texts
    from harness_leaderboard.exchange.manifest import MANIFEST

    for _, record in found:
        check_texts(record)
    boards = {file.absolute().parent.parent.parent for file, _ in found}  # BOARD/runs/RUN/record.json
    for board in sorted(board for board in boards if (board / MANIFEST).is_file()):
        checked_export(board)


@click.command()
@click.argument("run")
@click.option("--files", is_flag=True, help="Delete the run's folder and its checkpoint too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@home_option
@click.pass_context
def remove(context: click.Context, run: str, files: bool, yes: bool, home: str | None) -> None:
    """Take a run off the board."""
    where = Home(home or context.obj)
    store = Store.of(where)
    try:
        record = store.find(run)
    except HarnessError:
        if files or not store.holds(run):
            raise
        _remove_unreadable(store, run, yes)
        return
    folder = run_folder(record, where.path) if files else None
    if not yes:
        also = printable(f" and delete {folder}") if folder else ""
        which = printable(f"{record.run_id} ({record.estimator.name})")
        click.confirm(f"Take {which} off the board{also}?", abort=True)
    if folder is not None:
        delete_files(folder, record, where)
    store.remove(record.run_id)
    also = printable(f" and deleted {folder}") if folder else ""
    click.echo(f"Removed {printable(record.run_id)} from the board{also}.")


def _remove_unreadable(store: Store, run_id: str, yes: bool) -> None:
    if not yes:
        click.confirm(f"Take {printable(run_id)}, whose record cannot be read, off the board?", abort=True)
    store.remove(run_id)
    click.echo(f"Removed {printable(run_id)} from the board.")
