"""`harness leaderboard snapshot`: publish a board as files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from harness.cli.options import NamedPath, home_option
from harness.runs.home import Home
from harness.untrusted.words import printable
from harness_leaderboard.snapshot.writing import PAGE, README, the_board, write_snapshot
from harness_leaderboard.store import Store


@click.command("snapshot")
@click.argument("folder", metavar="DIR", type=NamedPath(path_type=Path))
@click.option("--challenge", metavar="CHALLENGE", help="Of this one: its name, spec or fingerprint.")
@click.option("--command", "made_by", metavar="TEXT", help="What made the runs, to be told in the snapshot.")
@click.option("--replace", is_flag=True, help="Put it in the place of a snapshot that lies there.")
@home_option
@click.pass_context
def command(
    context: click.Context,
    folder: Path,
    challenge: str | None,
    made_by: str | None,
    replace: bool,
    home: str | None,
) -> None:
    """Publish the board of a challenge in a folder.

    It holds README.md, index.html, board.json and board.csv. The tables are the scores, every kind of test
    planets, calibration, and the other scores; beside them stand the fingerprint, devices, versions and
    revisions from the records, and for each row the command that repeats it. Folders of this machine are left
    out.
    """
    from harness_leaderboard.store_board import boards_of  # with numpy, which help does without

    where = Home(home or context.obj)
    board = the_board(boards_of(Store.of(where), challenge), where.path)
    write_snapshot(folder, board, f"{datetime.now(UTC):%Y-%m-%d}", made_by, replace=replace)
    entries = "1 entry" if len(board.ranked) == 1 else f"{len(board.ranked):,} entries"
    click.echo(printable(f"Wrote {entries} to {folder / README} and {folder / PAGE}."))
