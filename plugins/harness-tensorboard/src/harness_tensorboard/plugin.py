"""Hooks that write a run for TensorBoard: the metrics of each epoch, and its scores when it has finished.

Event files lie in the run's folder, under `artifacts/tensorboard`, so that they travel with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness import hookimpl

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

    from harness.components.run import Run
    from harness.data.record import RunRecord

FOLDER = "tensorboard"
SCORES = "scores"

_open: dict[str, tuple[SummaryWriter, int]] = {}  # of the runs going on: the writer, and epochs so far


@hookimpl
def epoch_finished(run: Run, metrics: Mapping[str, float]) -> None:
    """Write the metrics as scalars, at the number of the epoch (or tree batch, or round)."""
    if run.artifacts is None:
        return
    from torch.utils.tensorboard import SummaryWriter

    if run.run_id not in _open:
        _open[run.run_id] = (SummaryWriter(str(run.artifacts / FOLDER)), 0)
    writer, epoch = _open[run.run_id]
    for name, value in metrics.items():
        writer.add_scalar(name, value, epoch)
    writer.flush()
    _open[run.run_id] = (writer, epoch + 1)


@hookimpl
def run_finished(record: RunRecord, home: Path) -> None:
    """Write options and scores beside the metrics, once: a run that is served again has them."""
    _close(record)
    folder = home / record.artifacts / "artifacts" / FOLDER
    if (folder / SCORES).exists():
        return
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder / SCORES)) as writer:
        options = "\n".join(f"    {name} = {value}" for name, value in record.estimator.options.items())
        about = f"{record.estimator.name} on {record.challenge.spec}, seed {record.seed}\n\n{options}"
        writer.add_text("run", about)
        for score in record.scores:
            if score.value is not None:
                writer.add_scalar(f"score/{score.scorer.name}", score.value)


@hookimpl
def run_failed(record: RunRecord) -> None:
    """Close what was written until then."""
    _close(record)


def _close(record: RunRecord) -> None:
    found = _open.pop(record.run_id, None)
    if found is not None:
        found[0].close()
