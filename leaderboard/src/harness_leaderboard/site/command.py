"""`harness leaderboard html`: a board as static pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from harness.cli.options import NamedPath, home_option
from harness.runs.home import Home
from harness.untrusted.words import printable
from harness_leaderboard.proofs.options import data_option
from harness_leaderboard.store import Store


@click.command("html")
@click.argument("folder", metavar="DIR", type=NamedPath(path_type=Path))
@click.option("--challenge", metavar="CHALLENGE", help="Of this one: its name, spec or fingerprint.")
@click.option("--planet", "planets", multiple=True, metavar="P", help="Draw its posterior by every run, too.")
@data_option
@home_option
@click.pass_context
def command(
    context: click.Context,
    folder: Path,
    challenge: str | None,
    planets: tuple[str, ...],
    data: str | None,
    home: str | None,
) -> None:
    """Write the board of a challenge as static pages into a new folder.

    The first page has tables to sort and filter, the score against cost, two methods planet by planet, and
    calibration curves; every run has a page with its options, scores, training, and the command that repeats
    it. The pages load nothing and need no network.
    """
    from harness.components.progress import shown_progress
    from harness_leaderboard.planet_scores import PlanetStore
    from harness_leaderboard.proofs.kept import Kept
    from harness_leaderboard.proofs.proofs import Proofs
    from harness_leaderboard.site.writing import write_site
    from harness_leaderboard.snapshot.writing import the_board
    from harness_leaderboard.store_board import boards_of

    where = Home(home or context.obj)
    store = Store.of(where)
    board = the_board(boards_of(store, challenge), where.path)
    runs = [run for _, entry in board.ranked for run in entry.runs]
    proofs = Proofs.of(store, runs)
    with shown_progress("pages", len(runs), quiet=False) as advance:
        missing = write_site(
            folder,
            board,
            f"{datetime.now(UTC):%Y-%m-%d}",
            PlanetStore(store),
            Kept(where.path, data),
            planets,
            lambda run: run.run_id in proofs.rescored,
            lambda steps: advance(steps),
        )
    click.echo(printable(f"Wrote {folder / 'index.html'} and the pages of {len(runs):,} runs."))
    if missing:
        more = f", and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        click.echo(printable(f"Without predictions: {missing[0]}{more}"))
