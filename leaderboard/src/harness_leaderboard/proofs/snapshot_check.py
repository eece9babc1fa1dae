"""A snapshot against the records of the runs behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from harness.data.record import RunRecord
from harness.untrusted.words import excerpt
from harness_leaderboard.board import Board, boards
from harness_leaderboard.planet_scores import PlanetSource
from harness_leaderboard.proofs.agreement import agree
from harness_leaderboard.proofs.other_files import compare_files, unread_files
from harness_leaderboard.proofs.proofs import Proofs
from harness_leaderboard.proofs.snapshot_reading import Published
from harness_leaderboard.snapshot.writing import JSON, texts_of

# what follows from the rest, or from the machine, and is no number of the board
UNCOMPARED = ("commands", "commands_on_a_gpu", "rescored")


@dataclass(frozen=True)
class SnapshotCheck:
    """What became of a snapshot.

    Attributes:
        entries: how many it has.
        compared: how many of them were compared with the records of their runs.
        differing: where it says something else than the records, in clauses.
        notes: what could not be compared, in clauses.
    """

    entries: int
    compared: int
    differing: tuple[str, ...]
    notes: tuple[str, ...]


def check_snapshot(
    folder: Path,
    published: Published,
    records: Mapping[str, RunRecord],
    planets: PlanetSource,
    proofs: Proofs,
    *,
    whole: bool,
) -> SnapshotCheck:
    """Compare what a snapshot says with the records of its runs.

    Arguments:
        folder: of the snapshot.
        published: its board.json.
        records: of the runs that are here, by id.
        planets: their scores of single planets, which rank.
        proofs: scores that were added to them.
        whole: whether these runs are to be all that it shows, as in an exported board.
    """
    ids = dict.fromkeys(run_id for entry in published.runs for run_id in entry)
    there = [records[run_id] for run_id in ids if run_id in records]
    missing = [run_id for run_id in ids if run_id not in records]
    differing = list(unread_files(folder))
    notes: list[str] = []
    hidden = [run_id for run_id in records if run_id not in ids] if whole else []
    if hidden:
        differing.append(
            f"{len(hidden):,} of the runs beside it are on no entry, {excerpt(hidden[0])} the first"
        )
    if missing:
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        notes.append(f"the record of run {excerpt(missing[0])}{more} is not here")
    of_it = [run for run in there if run.challenge.fingerprint == published.fingerprint]
    if len(of_it) < len(there):
        differing.append(f"{len(there) - len(of_it):,} of its runs were made on another challenge")
    made = boards(of_it, planets=planets, proofs=proofs)
    if not made:
        return SnapshotCheck(len(published.entries), 0, tuple(differing), tuple(notes))
    [board] = made
    texts = texts_of(_saying_rescored(board, published), published.made_at, published.made_by)
    rebuilt = {frozenset(entry["runs"]): entry for entry in from_json(texts[JSON])["entries"]}
    compared = 0
    for says in published.entries:
        runs = frozenset(says["runs"])
        if not runs <= records.keys():
            continue
        compared += 1
        name = excerpt(str(says.get("estimator")))
        if runs not in rebuilt:
            differing.append(f"{name}: its runs are not the runs of one entry")
            continue
        skipped = ("rank", "tied", "rank_lowest", "rank_highest") if missing else ()
        differing += [f"{name}: {told}" for told in _apart(says, rebuilt[runs], (*UNCOMPARED, *skipped))]
    if not missing and not differing:
        apart, laid_out = compare_files(folder, texts)
        differing += apart
        notes += laid_out
    return SnapshotCheck(len(published.entries), compared, tuple(differing), tuple(notes))


def _saying_rescored(board: Board, published: Published) -> Board:
    """The board with the badges that the snapshot has: they are of the day that it was made."""
    says = {frozenset(runs): said for runs, said in zip(published.runs, published.rescored, strict=True)}
    return replace(
        board,
        rescored=[says.get(frozenset(run.run_id for run in entry.runs), False) for _, entry in board.ranked],
    )


def _apart(says: Any, records: Any, skipped: tuple[str, ...], place: str = "") -> Iterator[str]:
    """Where two values of JSON differ by more than rounding."""
    if isinstance(says, Mapping) and isinstance(records, Mapping):
        for name in dict.fromkeys([*records, *says]):
            if name not in skipped:
                at = f"{place}/{excerpt(name)}".lstrip("/")
                if name in says or records[name] is not None:
                    yield from _apart(says.get(name), records.get(name), skipped, at)
        return
    one, other = (_number(value) for value in (says, records))
    same = says == records if one is None or other is None else agree(one, other, None)
    if not same:
        yield f"{place} is {excerpt(str(says))}, and {excerpt(str(records))} by the records"


def _number(value: Any) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value
