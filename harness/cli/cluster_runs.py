"""What `harness run --cluster` does: planned runs on the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch

from harness.cli.results import others_to_standard_error
from harness.cluster.connection import connected, require_dask
from harness.cluster.place import Place
from harness.components.device import resolve_device
from harness.data.record import RunRecord
from harness.runs.home import Home
from harness.runs.runner import serve_again

if TYPE_CHECKING:
    from distributed import Client

    from harness.cluster.runs import Asked

Ended = tuple[RunRecord, BaseException | None]
Shown = Callable[[RunRecord, BaseException | None, bool], None]


@dataclass
class ClusterRuns:
    """Makes runs on a cluster, whose workers are started when the first run needs one.

    Attributes:
        place: the cluster.
        device: "auto", "cpu" or "cuda", on the workers.
        resume: whether to serve what finished before.
        home: where runs lie.
        most: runs at once, which is how many workers are of use.
    """

    place: Place
    device: str
    resume: bool
    home: Home
    most: int
    _stack: ExitStack = field(default_factory=ExitStack)
    _client: Client | None = None

    def made(self, asked: Sequence[Asked], show: Shown) -> Iterator[tuple[int, Ended]]:
        """Make the runs that have not finished before: the number of each, its record and its error.

        Arguments:
            asked: which runs; their device is that of the workers.
            show: called with each record, its error, and whether it is served again, as it comes.
        """
        from harness.cluster.runs import runs_made

        asked = self._on_their_device(asked)
        before = self._finished() if self.resume else {}
        missing = []
        for number, one in enumerate(asked):
            record = before.get(one.plan.identity(one.challenge, one.scorers))
            if record is None:
                missing.append(number)
                continue
            serve_again(record, self.home)
            show(record, None, True)
            yield number, (record, None)
        if not missing:
            return
        for position, record, error in runs_made(self.client, [asked[one] for one in missing], self.home):
            show(record, error, False)
            yield missing[position], (record, error)

    @property
    def client(self) -> Client:
        """Connected to the workers."""
        if self._client is None:
            self._client = self._stack.enter_context(connected(self.place, self.most))
        return self._client

    def _on_their_device(self, asked: Sequence[Asked]) -> list[Asked]:
        if self.place.kind == "local":  # workers need not be asked, nor started where nothing is missing
            device = resolve_device(self.device).type
        else:
            from harness.cluster.runs import device_of_workers

            device = device_of_workers(self.client, self.device)
        return [replace(one, plan=replace(one.plan, device=torch.device(device))) for one in asked]

    def _finished(self) -> dict[str, RunRecord]:
        return {record.identity: record for _, record in self.home.records() if record.status == "finished"}


@contextmanager
def cluster_runs(place: Place, device: str, resume: bool, home: Home, most: int) -> Iterator[ClusterRuns]:
    """Runs on a cluster; workers end with the block. What they print is no result: it goes to standard error.

    Raises:
        HarnessError: Dask is not installed.
    """
    require_dask(place)
    home.create()
    with ExitStack() as stack:
        stack.enter_context(others_to_standard_error())
        yield ClusterRuns(place, device, resume, home, most, stack)
