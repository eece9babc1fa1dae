"""The boards of a store: its runs with the scores of single planets, and with what proves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_leaderboard.board import Board, boards
from harness_leaderboard.planet_scores import PlanetStore
from harness_leaderboard.proofs.proofs import Proofs

if TYPE_CHECKING:
    from harness_leaderboard.store import Store


def boards_of(store: Store, challenge: str | None = None, sort: str | None = None) -> list[Board]:
    """One board per challenge fingerprint, as `boards` makes them.

    Raises:
        HarnessError: the store cannot be read, or as `boards`.
    """
    records = store.records()
    return boards(records, challenge, sort, PlanetStore(store), Proofs.of(store, records))
