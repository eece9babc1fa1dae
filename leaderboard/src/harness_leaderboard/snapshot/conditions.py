"""What the runs of a board were computed with, in words, and how to compute them on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness_leaderboard.board import Board
from harness_leaderboard.snapshot.commands import CUDA, kind_of_device

if TYPE_CHECKING:
    from harness.data.record import RunRecord

NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class Conditions:
    """What was the same in some of the runs or in all of them.

    Attributes:
        devices, processors, revisions: all that occur, in the order of the runs.
        versions: of each library, all that occur.
        first, last: days on which the first and the last run started.
    """

    devices: Sequence[str]
    processors: Sequence[str]
    revisions: Sequence[str]
    versions: dict[str, Sequence[str]]
    first: str
    last: str

    @classmethod
    def of(cls, runs: Sequence[RunRecord]) -> Conditions:
        """The conditions of at least one run."""
        versions: dict[str, dict[str, None]] = {}
        for run in runs:
            for library, version in run.versions.items():
                versions.setdefault(library, {})[version] = None
        days = sorted(run.started_at[:10] for run in runs)
        return cls(
            _occurring([run.device for run in runs]),
            _occurring([run.processor or NOT_RECORDED for run in runs]),
            _occurring([run.git_revision or NOT_RECORDED for run in runs]),
            {library: list(found) for library, found in versions.items()},
            days[0],
            days[-1],
        )

    @property
    def on_gpu(self) -> bool:
        """Whether any run used a GPU."""
        return any(kind_of_device(device) == CUDA for device in self.devices)

    def device_sentence(self) -> str:
        """Whether this is a snapshot of CPU runs, of GPU runs, or of both."""
        if not self.on_gpu:
            return "CPU: no GPU was used in any of these runs."
        if all(kind_of_device(device) == CUDA for device in self.devices):
            return "GPU: every run used one."
        return "CPU and GPU: each entry says which; seconds on the two are not comparable."

    def facts(self) -> list[tuple[str, str]]:
        """(what, in words), for the head of a snapshot."""
        days = self.first if self.first == self.last else f"{self.first} to {self.last}"
        revisions = ", ".join(self.revisions)
        if any(revision.endswith("+") for revision in self.revisions):
            revisions += " (+: the checkout had changes that were not committed)"
        libraries = ", ".join(f"{name} {' and '.join(found)}" for name, found in self.versions.items())
        return [
            ("computed on", self.device_sentence()),
            ("device", ", ".join(self.devices)),
            ("processor", ", ".join(self.processors)),
            ("runs made", f"{days} (UTC)"),
            ("revision", revisions),
            ("versions", libraries),
        ]


def ranked_runs(board: Board) -> list[RunRecord]:
    """Every run behind the entries of a board; files that were handed in only where there is nothing else."""
    runs = [run for _, entry in board.ranked for run in entry.runs]
    return [run for run in runs if run.submission is None] or runs


def _occurring(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))
