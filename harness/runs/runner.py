"""One run from start to finish: fit, sample, score, record."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from harness.alarm import Alarm
from harness.components import Challenge, Estimator, Scorer
from harness.components.run import Run
from harness.data.alarms import Alarms
from harness.data.posterior import Posterior, check_posterior
from harness.data.record import RunRecord, ScoreRecord
from harness.data.score import Score
from harness.errors import HarnessError
from harness.files.storage import is_disk_full, require_space
from harness.registry.lifecycle import announce
from harness.runs.alarms import alarms_of_test, table_of_alarms, write_alarms
from harness.runs.assembly import Choice, build_estimator
from harness.runs.checkpoint import Checkpoint, discard_checkpoint
from harness.runs.home import (
    ALARM,
    ALARMS,
    ARTIFACTS,
    ESTIMATOR,
    EVIDENCE,
    LOG,
    PER_PLANET,
    PREDICTIONS,
    RECORD,
    SCHEMA,
    TRAINING_RANGE,
    Home,
)
from harness.runs.machine import PeakMemory
from harness.runs.plan import Plan
from harness.runs.recording import begun, ended
from harness.runs.run_folder import UnfinishedRun
from harness.runs.run_log import log_to
from harness.runs.scoring import score_all, write_per_planet
from harness.runs.training_range import training_range
from harness.submissions import write_submission

logger = logging.getLogger(__name__)


@dataclass
class _Work:
    """What a run has reached so far; enough to record it wherever it stops."""

    device: torch.device
    seconds: dict[str, float] = field(default_factory=dict)
    results: list[tuple[ScoreRecord, Score]] = field(default_factory=list)
    estimator: Estimator | None = None
    alarms: tuple[Alarm, Alarms] | None = None
    prediction: Posterior | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
            if self.device.type == "cuda":
                torch.cuda.synchronize(self.device)  # what is still queued belongs to this stage
        finally:
            self.seconds[name] = round(time.perf_counter() - begun, 3)
        logger.info("%s took %.1f s", name, self.seconds[name])


def execute(
    plan: Plan, challenge: Challenge, scorers: list[Choice[Scorer]], home: Home, *, quiet: bool = False
) -> tuple[RunRecord, BaseException | None]:
    """Carry out one run and record it, whether it finishes, fails or is interrupted.

    The run's folder is filled under a temporary name and appears under its own only when it is
    complete. A failed run is recorded with its reason.

    Returns:
        the record, and the error that ended the run if one did.

    Raises:
        HarnessError: the home cannot be written to, the disk is full, or a plugin refuses the run as it
            starts: then nothing is recorded. Or a plugin refused later: then the run is recorded.
    """
    started = datetime.now(UTC)
    run_id = f"{started:%Y%m%d-%H%M%S%f}"[:-3] + f"-{plan.estimator.registration.name}-{secrets.token_hex(2)}"
    record = begun(plan, challenge, scorers, run_id, started)
    home.create()
    refusals: list[HarnessError] = []  # of plugins, which end the command and not the run

    def tell(hook: str, **arguments: Any) -> None:
        try:
            announce(hook, **arguments)
        except HarnessError as refusal:
            refusals.append(refusal)

    checkpoint = Checkpoint(home.checkpoints, record.identity, resume=plan.resume)
    run = _surroundings(plan, challenge, run_id, checkpoint.path, quiet)
    run.report = lambda run, metrics: tell("epoch_finished", run=run, metrics=metrics)
    work, memory, error = _Work(plan.device), PeakMemory(plan.device), None
    folder: UnfinishedRun | None = None
    try:
        require_space(home.runs, _expected_bytes(plan, challenge))
        folder = UnfinishedRun(home.runs, run_id)
        run.artifacts = folder.path / ARTIFACTS
        run.artifacts.mkdir()
        with log_to(folder.path / LOG), memory.watch():
            if plan.resume and not checkpoint.shared:
                run.warn("another process is at work on the same run, so this one begins anew.")
            announce("run_started", run=run)
            try:
                _carry_out(plan, challenge, scorers, run, work)
                _write_results(folder.path, challenge, work)
            except (Exception, KeyboardInterrupt, SystemExit) as stopped:
                if is_disk_full(stopped):
                    raise
                error = stopped
                logger.error("%s", traceback.format_exc())
        scores = [score for score, _ in work.results]
        record = ended(record, error, work.estimator, scores, work.seconds, memory.record())
        if error is not None:
            _keep_log_and_artifacts(folder.path)
        _remove_if_empty(folder.path / ARTIFACTS)
        record.write(folder.path / RECORD)
        folder.complete()
    except BaseException as stopped:
        if folder is not None:
            folder.discard()
        kept = checkpoint.close(keep=True)
        if is_disk_full(stopped):
            rest = f" but its checkpoint {checkpoint.path}, from which --resume goes on" if kept else ""
            raise HarnessError(
                f"The disk that holds {home.path} is full: run {run_id} could not be recorded and nothing "
                f"of it was kept{rest}. Free some space or choose another place with --home, and try again."
            ) from stopped
        raise
    checkpoint.close(keep=error is not None)
    if error is None:
        tell("run_finished", record=record, home=home.path)
    else:
        tell("run_failed", record=record, error=error, home=home.path)
    if refusals:
        raise refusals[0]
    return record, error


def _surroundings(plan: Plan, challenge: Challenge, run_id: str, checkpoint: Path, quiet: bool) -> Run:
    return Run(
        name=plan.estimator.registration.name,
        run_id=run_id,
        label=plan.label,
        challenge=challenge.spec,
        components=plan.components(challenge),
        device=plan.device,
        seed=plan.seed,
        streams=plan.streams,
        checkpoint=checkpoint,
        time_budget=plan.time_budget,
        quiet=quiet,
        forward_model=challenge.forward_model,
        forward_check=challenge.forward_check,
    )


def _carry_out(
    plan: Plan, challenge: Challenge, scorers: list[Choice[Scorer]], run: Run, work: _Work
) -> None:
    logger.info("%s on %s, seed %d, %s", run.name, challenge.spec, run.seed, run.device)
    estimator = build_estimator(challenge.schema, plan.estimator, plan.preprocessor, plan.embedder)
    work.estimator = estimator
    if estimator.preprocessor and (told := estimator.preprocessor.substitute(challenge.schema)):
        run.tell(told)
    test = challenge.test
    run.seed_everything("fit")
    with work.stage("fit"):
        estimator.fit(challenge.train, challenge.valid, run)
    run.seed_everything("alarm")
    with work.stage("alarm"):  # before sampling, since what an estimator keeps is of what it sampled last
        work.alarms = alarms_of_test(estimator, challenge, run)
    run.seed_everything("sample")
    with work.stage("sample"):
        prediction = estimator.sample(test.observations, plan.n_samples, run).cpu()
    check_posterior(prediction, test.observations, plan.n_samples, len(challenge.schema.parameters))
    work.prediction = prediction = replace(prediction.normalised(), alarm=work.alarms[1].p_value)
    with work.stage("score"):
        work.results = score_all(scorers, prediction, test, challenge)


def _write_results(folder: Path, challenge: Challenge, work: _Work) -> None:
    assert work.estimator is not None
    assert work.prediction is not None
    assert work.alarms is not None
    (folder / SCHEMA).write_text(challenge.schema.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / TRAINING_RANGE).write_text(
        json.dumps(training_range(challenge.train.observations)) + "\n", encoding="utf-8"
    )
    write_submission(folder / PREDICTIONS, work.prediction, challenge.test.observations.names)
    write_per_planet(folder / PER_PLANET, challenge.test, work.results)
    alarm, alarms = work.alarms
    alarm.save(folder / ALARM)
    planets = challenge.test.observations.names.tolist()
    write_alarms(folder / ALARMS, table_of_alarms(planets, alarms, challenge.test.partition))
    work.estimator.save(folder / ESTIMATOR)
    work.estimator.artifacts(folder / ARTIFACTS)
    if work.prediction.evidence is not None:
        work.prediction.evidence.write(folder / ARTIFACTS / EVIDENCE, planets)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _keep_log_and_artifacts(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name == ARTIFACTS:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOG:
            path.unlink()


def _expected_bytes(plan: Plan, challenge: Challenge) -> int:
    """Roughly what the predictions will take: float32 samples and float64 weights."""
    return len(challenge.test) * (plan.n_samples * (4 * len(challenge.schema.parameters) + 8) + 1500)


def finished_before(
    plan: Plan, challenge: Challenge, scorers: list[Choice[Scorer]], home: Home
) -> RunRecord | None:
    """The latest finished run that equals this one in all that decides its result, or None."""
    identity = plan.identity(challenge, scorers)
    equal = [
        record for _, record in home.records() if record.identity == identity and record.status == "finished"
    ]
    return equal[-1] if equal else None


def serve_again(record: RunRecord, home: Home) -> None:
    """Do for a run that finished before what its process may have been killed before doing.

    Plugins are told of it (again, if they were told before), and the checkpoint that it needs no more goes,
    as do the locks of the dead.
    """
    discard_checkpoint(home.checkpoints, record.identity)
    home.clear_abandoned()
    announce("run_finished", record=record, home=home.path)
