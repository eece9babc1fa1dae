"""`harness leaderboard export` and `import`: a board with the runs behind it, from machine to machine."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import NamedPath, home_option, json_option, print_json
from harness.runs.home import Home
from harness.untrusted.words import printable
from harness_leaderboard.store import Store


@click.command("export")
@click.argument("folder", metavar="DIR", type=NamedPath(path_type=Path))
@click.option("--challenge", metavar="CHALLENGE", help="Of this one: its name, spec or fingerprint.")
@click.option("--command", "made_by", metavar="TEXT", help="What made the runs, to be told in the snapshot.")
@click.option(
    "--no-predictions", is_flag=True, help="Leave out the predictions, by which scores are verified."
)
@home_option
@click.pass_context
def export(
    context: click.Context,
    folder: Path,
    challenge: str | None,
    made_by: str | None,
    no_predictions: bool,
    home: str | None,
) -> None:
    """Write the board of a challenge with the runs behind it into a new folder.

    It holds a snapshot, and of each run the record, the schema, the scores of single planets and the
    predictions, so that anybody can verify it from its files alone, or import it. manifest.json has the size
    and the hash of every file. Folders of this machine are left out.
    """
    from harness_leaderboard.exchange.exporting import export_runs
    from harness_leaderboard.snapshot.writing import the_board
    from harness_leaderboard.store_board import boards_of

    where = Home(home or context.obj)
    board = the_board(boards_of(Store.of(where), challenge), where.path)
    runs = [run for _, entry in board.ranked for run in entry.runs]
    made = export_runs(folder, runs, where.path, made_by, predictions=not no_predictions)
    proof = (
        f"'harness leaderboard verify {folder}' checks their scores"
        if made.with_predictions
        else "without predictions nobody can check their scores"
    )
    click.echo(
        printable(
            f"Wrote {made.runs:,} runs to {folder}, {made.with_predictions:,} with their predictions "
            f"({made.n_bytes / 1e6:,.1f} MB); {proof}."
        )
    )


@click.command("import")
@click.argument("folder", metavar="DIR", type=NamedPath(path_type=Path))
@json_option
@home_option
@click.pass_context
def import_board(context: click.Context, folder: Path, as_json: bool, home: str | None) -> None:
    """Take the runs of an exported board into this home and onto its board.

    Every file is checked against the manifest, and every record, before anything is taken in. A run that is
    here already gets the files that it lacks, such as its predictions. Scores are as recorded until
    'harness leaderboard verify' has computed them again.
    """
    from harness_leaderboard.exchange.importing import import_runs

    found = import_runs(folder, Home(home or context.obj))
    if as_json:
        print_json(
            {"imported": list(found.new), "there": list(found.there), "completed": list(found.completed)}
        )
        return
    there = f"; {len(found.there):,} were there already" if found.there else ""
    if found.completed:
        there += f", of which {len(found.completed):,} got files that they lacked"
    click.echo(
        f"Imported {len(found.new):,} runs{there}; 'harness leaderboard verify' computes their scores again."
    )
