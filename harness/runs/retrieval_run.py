"""The retrieval of a measured spectrum as a recorded run: computed, or served where it has finished."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from harness.components.progress import shown_progress
from harness.components.run import Run
from harness.data.record import MemoryRecord, RunRecord
from harness.errors import HarnessError
from harness.files.storage import write_whole
from harness.real_spectra.comparing import comparisons
from harness.real_spectra.comparison import Comparison
from harness.real_spectra.learning import Climbing, Learning
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.report import Report, Table, report_of
from harness.real_spectra.result import RetrievalResult, judged
from harness.real_spectra.retrieval import ROWS, prepared, retrieve
from harness.runs.home import REPORT, RETRIEVAL, Home
from harness.runs.recording import ended, run_id_of
from harness.runs.retrieval_record import CPU, RetrievalPlan, scores_of
from harness.runs.runner import finished_of, serve_again
from harness.runs.undertaking import undertake
from harness.untrusted.files import MIB, read_bytes

SUMMARY = "summary.json"  # among the files of a retrieval
BYTES_OF_A_ROW = 200  # of all files together, for each parameter
OF_PICTURES = 4 * MIB
# writes the files of a retrieval into a folder that is not there yet
Write = Callable[[Path, RetrievalResult, tuple[Comparison, ...]], None]


@dataclass(frozen=True)
class Recorded:
    """A retrieval that has been recorded, just now or before.

    Attributes:
        record: of the run.
        folder: of the run.
        again: whether it was there already.
    """

    record: RunRecord
    folder: Path
    again: bool

    @property
    def files(self) -> Path:
        """The folder of posteriors, pictures and the page."""
        return self.folder / RETRIEVAL

    def document(self) -> dict[str, Any]:
        """Everything that was found, as JSON.

        Raises:
            HarnessError: the run's folder is not complete.
        """
        return _read(self.files / SUMMARY)

    def report(self) -> Report:
        """The same in words.

        Raises:
            HarnessError: the run's folder is not complete.
        """
        found = _read(self.folder / REPORT)
        try:
            tables = tuple(
                Table(one["title"], tuple(one["head"]), tuple(map(tuple, one["rows"])))
                for one in found["tables"]
            )
            return Report(
                found["title"], found["facts"], tuple(found["sentences"]), tables, tuple(found["notes"])
            )
        except (KeyError, TypeError) as error:
            raise HarnessError(f"{self.folder / REPORT} is damaged; run it without --resume.") from error


def carried_out(plan: RetrievalPlan, home: Home, write: Write) -> tuple[Recorded, BaseException | None]:
    """Retrieve and record, or find the finished run that is asked for again.

    Arguments:
        plan: what is to be retrieved.
        home: where runs lie.
        write: writes what was found.

    Returns:
        the run, and the error that ended it if one did.

    Raises:
        HarnessError: what is asked cannot be retrieved: then nothing is recorded; or as `undertake`.
    """
    before = finished_of(plan.identity(), home) if plan.resume else None
    if before is not None and (home.path / before.artifacts / RETRIEVAL / SUMMARY).is_file():
        serve_again(before, home)
        return Recorded(before, home.path / before.artifacts, True), None
    quick = prepared(plan.problem)
    started = datetime.now(UTC)
    record = plan.begun(run_id_of(plan.settings.method, started), started)

    def surroundings(checkpoint: Path) -> Run:
        return Run(
            name=plan.settings.method,
            run_id=record.run_id,
            label=plan.label,
            challenge=record.challenge.spec,
            components={one.kind: one for one in (record.challenge, record.estimator)},
            device=CPU,
            seed=plan.settings.seed,
            streams=(plan.settings.method,),
            checkpoint=checkpoint,
            quiet=False,
        )

    made, error = undertake(
        _Work(plan, quick, write),
        record,
        home,
        surroundings,
        resume=plan.resume,
        n_bytes=ROWS * len(plan.problem.names) * BYTES_OF_A_ROW + OF_PICTURES,
    )
    return Recorded(made, home.path / made.artifacts, False), error


@dataclass
class _Work:
    """A retrieval, and how far it has come."""

    plan: RetrievalPlan
    quick: MeasuredLikelihood
    write: Write
    seconds: dict[str, float] = field(default_factory=dict)
    result: RetrievalResult | None = None

    def carry_out(self, run: Run, folder: Path) -> None:
        assert run.checkpoint is not None
        problem, begun = self.plan.problem, monotonic()
        with shown_progress("retrieval", problem.settings.effective, quiet=False) as advance:
            found = retrieve(problem, self.quick, run.checkpoint, advance)
        spent = monotonic() - begun
        self.seconds |= _stages(found.learning, spent)
        begun = monotonic()
        result = judged(problem, found, spent)
        self.seconds["score"] = round(monotonic() - begun, 3)
        compared = tuple(comparisons(result, run.checkpoint)) if self.plan.compare else ()
        self.write(folder / RETRIEVAL, result, compared)
        words = json.dumps(asdict(report_of(result, compared)), indent=2)
        write_whole(folder / REPORT, lambda path: path.write_text(words + "\n", encoding="utf-8"))
        self.result = result

    def ended(self, record: RunRecord, error: BaseException | None, memory: MemoryRecord) -> RunRecord:
        scores = [] if self.result is None else scores_of(self.result)
        return ended(record, error, None, scores, self.seconds, memory)


def _stages(how: Learning | Climbing | None, spent: float) -> dict[str, float]:
    """Seconds of learning where there was some, and those that remain."""
    if how is None:
        return {"fit": 0.0, "sample": round(spent, 3)}
    learning = how.training_seconds if isinstance(how, Learning) else how.climbing_seconds
    return {"fit": round(learning, 3), "sample": round(spent - learning, 3)}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_bytes(path, 64 * MIB))
        if not isinstance(found, dict):
            raise ValueError("it holds no object")
    except ValueError as error:
        raise HarnessError(f"{path} is damaged ({error}); run it without --resume.") from error
    return found
