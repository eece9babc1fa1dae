"""Where the workers are: `local[:N]`, `slurm:PROFILE[:N]` or `tcp://ADDRESS`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from harness.errors import HarnessError

MOST_JOBS = 100  # that are asked of Slurm without a number
FORMS = "local, local:N, slurm:PROFILE, slurm:PROFILE:N or tcp://ADDRESS:PORT"
SECURE, PLAIN = "tls://", "tcp://"


@dataclass(frozen=True)
class Place:
    """A cluster that is asked for.

    Attributes:
        kind: worker processes of this machine, jobs of Slurm, or a Dask scheduler that runs already.
        name: the profile of Slurm, or the address of the scheduler.
        workers: how many processes or jobs; None for as many as are of use.
    """

    kind: Literal["local", "slurm", "address"]
    name: str = ""
    workers: int | None = None

    @staticmethod
    def parse(text: str) -> Place:
        """A place as `--cluster` names it.

        Raises:
            HarnessError: it is of none of the `FORMS`.
        """
        if text.startswith((PLAIN, SECURE)) and len(text) > len(PLAIN):
            return Place("address", text)
        kind, *rest = text.split(":")
        if kind == "local" and len(rest) <= 1:
            return Place("local", workers=_number(rest[0], text) if rest else None)
        if kind == "slurm" and 1 <= len(rest) <= 2 and rest[0]:
            return Place("slurm", rest[0], _number(rest[1], text) if len(rest) == 2 else None)
        raise _none(text)

    def workers_for(self, tasks: int) -> int:
        """How many workers to start for so many tasks; a machine has one for each of its cores at most."""
        most = self.workers or ((os.cpu_count() or 1) if self.kind == "local" else MOST_JOBS)
        return max(1, min(most, tasks))


def _number(text: str, whole: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise _none(whole)
    return int(text)


def _none(text: str) -> HarnessError:
    return HarnessError(f"--cluster {text} is no cluster; expected {FORMS}.")
