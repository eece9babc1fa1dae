"""`harness leaderboard`: show the board, or one run of it."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.lazy_group import LazyGroup
from harness.cli.options import home_option, json_option, print_json
from harness.cli.terminal import console_for_tables
from harness.runs.home import Home
from harness.untrusted.words import printable
from harness_leaderboard.board import SECONDS, Board
from harness_leaderboard.collection import collection_paused
from harness_leaderboard.store import Store
from harness_leaderboard.table import board_table


@click.group(cls=LazyGroup, invoke_without_command=True)
@click.option("--challenge", metavar="CHALLENGE", help="Only this one: its name, spec or fingerprint.")
@click.option(
    "--sort",
    metavar="SCORER[/PART]|fit|sample",
    help="What to rank by (default: the challenge's primary score).",
)
@click.option("--runs", is_flag=True, help="List the runs behind the entries too.")
@click.option("--pareto", is_flag=True, help="Show the score against the seconds that fit and sampling take.")
@click.option("--failed", is_flag=True, help="List the failed and interrupted runs too.")
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of a table.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print them as Markdown.")
@click.option("--latex", "as_latex", is_flag=True, help="Print them as LaTeX, for a paper.")
@home_option
@click.pass_context
def leaderboard(
    context: click.Context,
    challenge: str | None,
    sort: str | None,
    runs: bool,
    pareto: bool,
    failed: bool,
    as_json: bool,
    as_csv: bool,
    as_markdown: bool,
    as_latex: bool,
    home: str | None,
) -> None:
    """Rank every run so far, each challenge by itself.

    Runs that differ in nothing but the seed are one entry: the mean over its seeds, with a standard
    error that holds the finite number of planets and the scatter between seeds. Entries are told apart by
    the scores of the same planets: those that cannot be told from each other share a rank ("2=").
    """
    if context.invoked_subcommand is not None:
        _only_home(context)
        context.obj = home
        return
    forms = {"--json": as_json, "--csv": as_csv, "--markdown": as_markdown, "--latex": as_latex}
    asked = [form for form, wanted in forms.items() if wanted]
    if len(asked) > 1:
        raise click.UsageError(f"{' and '.join(asked)} cannot both be printed; choose one.")
    if pareto and (asked not in ([], ["--json"]) or runs or failed):
        raise click.UsageError("--pareto is a table of its own, or --json; leave out the other options.")
    if pareto and sort in SECONDS:
        raise click.UsageError(
            f"--pareto sets a score against the seconds; '{sort}' is seconds, not a score."
        )
    if runs and asked:
        raise click.UsageError(
            f"--runs is for the table on the terminal; leave it out beside {asked[0]} "
            "(--json and --csv name the runs of every entry anyway)."
        )
    if failed and asked and asked[0] in ("--markdown", "--latex"):
        raise click.UsageError(
            f"{asked[0]} prints the finished runs alone; leave out --failed, or choose --json or --csv."
        )

    with collection_paused():
        _show(Home(home), challenge, sort, runs, pareto, failed, *forms.values())


def _show(
    where: Home,
    challenge: str | None,
    sort: str | None,
    runs: bool,
    pareto: bool,
    failed: bool,
    as_json: bool,
    as_csv: bool,
    as_markdown: bool,
    as_latex: bool,
) -> None:
    shown = _boards(where, challenge, sort)
    if pareto and shown:
        _show_pareto(shown, as_json)
    elif as_json or as_csv:
        from harness_leaderboard.export import board_value, csv_text

        if as_json:
            print_json([board_value(board, failed=failed) for board in shown])
        else:
            click.echo(csv_text(shown, failed=failed), nl=False)
    elif as_markdown:
        from harness_leaderboard.snapshot.markdown import markdown_tables

        click.echo(markdown_tables(shown), nl=False)
    elif as_latex:
        from harness_leaderboard.snapshot.latex import latex

        click.echo(latex(shown), nl=False)
    elif shown:
        console = console_for_tables()
        for number, board in enumerate(shown):
            console.print(
                *[""] * (number > 0), board_table(board, console, runs=runs, failed=failed), sep="\n"
            )
    else:
        click.echo(_nothing_yet(where))


# imported when they are called: name -> (where, what is said of it in a list)
ELSEWHERE = {
    "add": (
        "store_commands:add",
        "Put runs on the board, for instance from another machine.",
    ),
    "compare": (
        "comparing:compare",
        "Compare two entries planet by planet.",
    ),
    "export": (
        "exchange.commands:export",
        "Write the board of a challenge with the runs behind it into a new folder.",
    ),
    "html": (
        "site.command:command",
        "Write the board of a challenge as static pages into a new folder.",
    ),
    "import": (
        "exchange.commands:import_board",
        "Take the runs of an exported board into this home and onto its board.",
    ),
    "remove": (
        "store_commands:remove",
        "Take a run off the board.",
    ),
    "repository": (
        "repository.command:command",
        "Write a repository in which entries come as pull requests and are scored again.",
    ),
    "rescore": (
        "proofs.rescore_command:command",
        "Score recorded predictions with scorers that runs were not scored with, without fitting again.",
    ),
    "snapshot": (
        "snapshot.snapshot_command:command",
        "Publish the board of a challenge in a folder.",
    ),
    "submit": (
        "proofs.submit_command:command",
        "Put submission files on the board, beside the runs and marked as submitted.",
    ),
    "verify": (
        "proofs.verify_command:command",
        "Compute the scores of runs again from their kept predictions, and compare with their records.",
    ),
}

for _name, (_target, _summary) in ELSEWHERE.items():
    leaderboard.register(_name, f"harness_leaderboard.{_target}", summary=_summary)


@leaderboard.command()
@click.argument("run")
@json_option
@home_option
@click.pass_context
def show(context: click.Context, run: str, as_json: bool, home: str | None) -> None:
    """Show everything recorded of one run.

    RUN is an id, the start of one, a label, "latest", or a run's folder. The record comes from the
    board, so it is there even when the folder is not.
    """
    where = Home(home or context.obj)
    record = Store.of(where).find(run)
    if as_json:
        print_json(record.model_dump(mode="json"))
        return

    from harness_leaderboard.details import run_details

    console_for_tables().print(run_details(record, where.path))


def _boards(home: Home, challenge: str | None, sort: str | None = None) -> list[Board]:
    """With numpy, which help and listings do without."""
    from harness_leaderboard.store_board import boards_of

    return boards_of(Store.of(home), challenge, sort)


def _show_pareto(shown: list[Board], as_json: bool) -> None:
    from harness_leaderboard.pareto import pareto_table, pareto_value

    if as_json:
        print_json([{**_which(board), "entries": pareto_value(board)} for board in shown])
        return
    console = console_for_tables()
    for number, board in enumerate(shown):
        console.print(*[""] * (number > 0), pareto_table(board), sep="\n")


def _which(board: Board) -> dict[str, Any]:
    ranked_by = None if board.key is None else board.key.title
    return {
        "challenge": board.challenge.spec,
        "fingerprint": board.challenge.fingerprint,
        "ranked_by": ranked_by,
    }


def _only_home(context: click.Context) -> None:
    """Refuse an option of the board before a subcommand, where it would do nothing."""
    for name in context.params:
        if name != "home" and context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            option = name.removeprefix("as_")
            raise click.UsageError(
                f"--{option} before '{context.invoked_subcommand}' has no effect; write it after "
                f"'{context.invoked_subcommand}', if that takes it."
            )


def _nothing_yet(home: Any) -> str:
    return "\n".join(
        [
            printable(f"There are no runs on the board of {home.path} yet."),
            "Make the first one:  harness run --estimator ESTIMATOR --challenge CHALLENGE",
            "See what there is:   harness plugins",
        ]
    )
