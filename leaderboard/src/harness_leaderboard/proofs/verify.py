"""What `harness leaderboard verify` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from harness.cli.options import print_json
from harness.cli.terminal import console_for_tables
from harness.components.progress import shown_progress
from harness.errors import HarnessError
from harness.runs.home import Home
from harness.untrusted.words import printable
from harness_leaderboard.exchange.manifest import RUNS
from harness_leaderboard.fixed_table import empty_table
from harness_leaderboard.planet_scores import PlanetsInFolders, PlanetStore
from harness_leaderboard.proofs.checks import DIFFERS, HOLDS, NOT_CHECKED, keep_checks
from harness_leaderboard.proofs.kept import Kept
from harness_leaderboard.proofs.proofs import NO_PROOFS, Proofs
from harness_leaderboard.proofs.snapshot_check import SnapshotCheck, check_snapshot
from harness_leaderboard.proofs.targets import Targets
from harness_leaderboard.proofs.verifying import Verified, count, verify, with_repetitions_told
from harness_leaderboard.store import Store

NOTHING_CHECKED = (
    "Nothing could be checked, so nothing is proved; name a home or an exported board that holds the runs "
    "with their predictions too, or say with --data where the challenge's data lie."
)
STYLES = {HOLDS: "green", DIFFERS: "bold red", NOT_CHECKED: "yellow"}


def carry_out(
    targets: Sequence[str],
    challenge: str | None,
    data: str | None,
    strict: bool,
    as_json: bool,
    home: str | None,
) -> None:
    """Verify runs and snapshots, and say what was found.

    Raises:
        HarnessError: something differs, or nothing could be checked; with `strict` also that not all could.
    """
    place = Home(home)
    store = Store.of(place)
    chosen = Targets.of(store, place, targets, challenge)
    found = _runs(chosen, store, place, data, quiet=as_json)
    snapshots = _snapshots(chosen, store)
    if as_json:
        print_json(_value(found, snapshots))
    else:
        _print(found, snapshots)
    _refuse(found, list(snapshots.values()), strict)


def _runs(chosen: Targets, store: Store, home: Home, data: str | None, *, quiet: bool) -> list[Verified]:
    """Verify every run, and keep what was found of those on the board."""
    kept = Kept(home.path, data)
    foreign = Kept(home.path, data, chosen.folders)
    planets = PlanetStore(store).of(chosen.of_board.values())
    in_folders = PlanetsInFolders(chosen.folders).of(chosen.foreign.values())
    found: list[Verified] = []
    told = ""  # why no outcome can be kept
    with shown_progress("verifying", len(chosen.of_board) + len(chosen.foreign), quiet=quiet) as advance:
        for run_id, run in chosen.of_board.items():
            one = verify(run, kept, planets.get(run_id))
            if not told:
                told = _kept_or_told(store, one)
            found.append(one)
            advance(1)
        for run_id, run in chosen.foreign.items():
            found.append(verify(run, foreign, in_folders.get(run_id)))
            advance(1)
    if told:
        click.echo(printable(f"Warning: What was found is not kept on the board: {told}"), err=True)
    return with_repetitions_told(found)


def _kept_or_told(store: Store, found: Verified) -> str:
    """Keep an outcome; why not, where the board cannot be written: it may be somebody else's."""
    try:
        keep_checks(store, {found.run.run_id: found.outcome}, {found.run.run_id: found.run})
    except HarnessError as error:
        return str(error)
    return ""


def _snapshots(chosen: Targets, store: Store) -> dict[Path, SnapshotCheck]:
    checks = {}
    for folder, published in chosen.published.items():
        beside = {
            run_id: run
            for run_id, run in chosen.foreign.items()
            if chosen.folders[run_id].parent == folder / RUNS
        }
        ids = {run_id for entry in published.runs for run_id in entry}
        if beside or len(ids & chosen.foreign.keys()) > len(ids & chosen.of_board.keys()):
            planets = PlanetsInFolders(chosen.folders)
            runs = beside or chosen.foreign
            checks[folder] = check_snapshot(folder, published, runs, planets, NO_PROOFS, whole=bool(beside))
        else:
            runs = chosen.of_board
            proofs = Proofs.of(store, runs.values())
            checks[folder] = check_snapshot(folder, published, runs, PlanetStore(store), proofs, whole=False)
    return checks


def _value(found: Sequence[Verified], snapshots: Mapping[Path, SnapshotCheck]) -> dict[str, Any]:
    return {
        "runs": [
            {
                "run": one.run.run_id,
                "estimator": one.run.estimator.name,
                "seed": one.run.seed,
                "outcome": one.outcome,
                "told": list(one.told),
                "notes": list(one.notes),
            }
            for one in found
        ],
        "snapshots": [{"folder": str(folder), **vars(check)} for folder, check in snapshots.items()],
        "counts": count(list(found)),
    }


def _print(found: Sequence[Verified], snapshots: Mapping[Path, SnapshotCheck]) -> None:
    console = console_for_tables()
    if found:
        table = empty_table()
        for header in ("run", "estimator", "seed", "outcome", ""):
            table.add_column(header, no_wrap=header == "outcome", overflow="fold")
        for one in found:
            told = "; ".join(
                [*one.told[:3], *([f"and {len(one.told) - 3} more"] if len(one.told) > 3 else [])]
            )
            notes = "; ".join(one.notes)
            words = " · ".join(filter(None, (told, notes)))
            cells = (one.run.run_id, one.run.estimator.name, str(one.run.seed))
            table.add_row(
                *(Text(printable(cell)) for cell in cells),
                Text(one.outcome, style=STYLES[one.outcome]),
                Text(printable(words)),
            )
        console.print(table)
    for folder, check in snapshots.items():
        click.echo(printable(f"{folder}: {_compared(check)}"))
        for line in (*check.differing, *check.notes):
            click.echo(printable(f"  {line}"))
    if snapshots and not found:
        return
    counts = count(list(found))
    click.echo(
        f"{counts[HOLDS]:,} of {len(found):,} runs score what their records say; "
        f"{counts[DIFFERS]:,} differ, {counts[NOT_CHECKED]:,} could not be checked."
    )


def _compared(check: SnapshotCheck) -> str:
    if check.compared or not check.entries:
        compared = f"{check.compared:,} of {check.entries:,} entries compared with the records of their runs"
        return f"{compared}, {len(check.differing):,} differences"
    return f"none of {check.entries:,} entries could be compared, for lack of the records of their runs"


def _refuse(found: Sequence[Verified], snapshots: Sequence[SnapshotCheck], strict: bool) -> None:
    differing = sum(one.outcome == DIFFERS for one in found)
    if differing:
        raise HarnessError(f"{differing:,} of {len(found):,} runs are not what their records say.")
    if any(check.differing for check in snapshots):
        raise HarnessError("A snapshot does not say what the records of its runs say.")
    if not any(one.outcome == HOLDS for one in found):  # a record is no proof of a snapshot made of it
        raise HarnessError(NOTHING_CHECKED)
    if strict and (
        any(one.outcome == NOT_CHECKED for one in found)
        or any(check.notes or check.compared < check.entries for check in snapshots)
    ):
        raise HarnessError("Not everything could be checked, as --strict asks for.")
