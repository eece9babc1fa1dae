"""`harness leaderboard compare`: two entries on the same planets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness.cli.figure_files import require_folder, write_picture
from harness.cli.options import NamedPath, home_option, json_option, print_json
from harness.cli.terminal import console_for_tables
from harness.data.score_parts import MATCHED
from harness.errors import HarnessError, nearest_match
from harness.runs.home import Home
from harness.untrusted.words import printable
from harness_leaderboard.board import Board, boards
from harness_leaderboard.comparison_text import comparison_lines, comparison_value
from harness_leaderboard.entries import Entry, Scorer
from harness_leaderboard.labels import method_details
from harness_leaderboard.proofs.proofs import Proofs
from harness_leaderboard.store import Store


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--challenge", metavar="CHALLENGE", help="Of this one: its name, spec or fingerprint.")
@click.option("--scorer", metavar="NAME", help="Another score than the one that ranks.")
@click.option(
    "-o",
    "--output",
    metavar="FILE.png",
    type=NamedPath(path_type=Path),
    help="Draw both scores of every planet too.",
)
@json_option
@home_option
@click.pass_context
def compare(
    context: click.Context,
    first: str,
    second: str,
    challenge: str | None,
    scorer: str | None,
    output: Path | None,
    as_json: bool,
    home: str | None,
) -> None:
    """Compare two entries planet by planet.

    A and B are runs (an id, the start of one, a label, "latest", a folder), each of which stands for all
    seeds of its entry, or estimators of which the board has one entry. Both were asked about the same
    planets, so the difference of their scores is far more certain than either score: its error is that of
    the planets' differences and of the scatter between seeds. The interval holds 95% of a bootstrap's
    values; the probability is the share of them on the side of A.
    """
    from harness_leaderboard import paired
    from harness_leaderboard.planet_scores import PlanetStore

    if output is not None:
        if output.suffix.lower() != ".png":
            raise click.UsageError(f"{output} would be a picture; end its name in .png.")
        require_folder(output)
    where = Home(home or context.obj)
    store = Store.of(where)
    board, entries = _two_entries(store, (first, second), challenge)
    if any(entry.example.retrieval is not None for entry in entries):
        raise HarnessError(
            f"{first} and {second} are retrievals of one measured spectrum, which has no planets to compare; "
            f"'harness leaderboard --challenge {board.challenge.fingerprint}' shows both."
        )
    chosen = _scorer(board, entries, scorer)
    one, other = (paired.EntryScores.of(entry, chosen, PlanetStore(store)) for entry in entries)
    found = paired.compare(one, other, chosen, MATCHED)
    names = _names(entries)
    if as_json:
        print_json(comparison_value(found, board, entries, chosen))
    else:
        console_for_tables().print(*comparison_lines(found, board, entries, chosen, names), sep="\n")
    if output is not None:
        from harness_leaderboard.comparison_png import comparison_figure

        write_picture(comparison_figure(found, names, chosen.name, board.challenge.spec), output)
        if not as_json:
            click.echo(printable(f"Drew {output}."))


def _two_entries(
    store: Store, references: Sequence[str], challenge: str | None
) -> tuple[Board, tuple[Entry, Entry]]:
    """The entries meant, and the board that both are on.

    Raises:
        HarnessError: one is not on the board, both are the same, or they are of two challenges.
    """
    records = store.records()
    shown = boards(records, challenge, proofs=Proofs.of(store, records))
    found = [_entry(store, shown, reference) for reference in references]
    (board, one), (other_board, other) = found
    if board is not other_board:
        raise HarnessError(
            f"'{references[0]}' is a run on {board.challenge.spec} ({board.challenge.fingerprint}) and "
            f"'{references[1]}' one on {other_board.challenge.spec} ({other_board.challenge.fingerprint}); "
            "only scores of the same challenge can be compared."
        )
    if one is other:
        raise HarnessError(
            f"'{references[0]}' and '{references[1]}' are the same entry of the board; name two."
        )
    return board, (one, other)


def _entry(store: Store, shown: Sequence[Board], reference: str) -> tuple[Board, Entry]:
    on_boards = [(board, entry) for board in shown for _, entry in board.ranked]
    named = [found for found in on_boards if found[1].example.estimator.name == reference]
    if len(named) == 1:
        return named[0]
    if named:
        listed = "; ".join(
            f"{entry.example.run_id} ({', '.join([board.challenge.spec, *method_details(entry.example)])})"
            for board, entry in named[:6]
        )
        raise HarnessError(
            f"The board has {len(named)} entries of '{reference}'; name a run of the one that is meant: "
            f"{listed}."
        )
    try:
        run = store.find(reference)
    except HarnessError:
        known = dict.fromkeys(entry.example.estimator.name for _, entry in on_boards)
        if hint := nearest_match(reference, known):
            raise HarnessError(f"There is no run or estimator '{reference}' on the board{hint}.") from None
        raise
    for board, entry in on_boards:
        if any(one.run_id == run.run_id for one in entry.runs):
            return board, entry
    if run.status != "finished":
        raise HarnessError(f"Run {run.run_id} was not finished ({run.status}); it has no scores to compare.")
    raise HarnessError(f"Run {run.run_id} is not of the challenge that was asked for.")


def _scorer(board: Board, entries: Sequence[Entry], wanted: str | None) -> Scorer:
    """The score to compare by.

    Raises:
        HarnessError: not both entries have it.
    """
    common = [scorer for scorer in board.titles if all(scorer in entry.scores for entry in entries)]
    if wanted is None and board.primary is not None and board.primary.scorer in common:
        return board.primary.scorer
    for scorer in common:
        if wanted in (None, scorer.name, board.titles[scorer]):
            return scorer
    names = [board.titles[scorer] for scorer in common]
    hint = nearest_match(wanted or "", names)
    raise HarnessError(
        (f"Not both have the score '{wanted}'{hint}" if wanted else "They have no score in common")
        + f"; both have: {', '.join(names) or 'none'}."
    )


def _names(entries: Sequence[Entry]) -> tuple[str, str]:
    """What tells the two apart, in as few words."""
    told = [method_details(entry.example) for entry in entries]
    names = []
    for entry, details, others in zip(entries, told, reversed(told), strict=True):
        own = [detail for detail in details if detail not in others]
        names.append(entry.example.estimator.name + (f" ({', '.join(own)})" if own else ""))
    return names[0], names[1]
