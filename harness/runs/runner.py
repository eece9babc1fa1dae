"""One run from start to finish: fit, sample, score, record."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from harness.alarm import Alarm
from harness.components import Challenge, Estimator, Scorer
from harness.components.run import Run
from harness.data.alarms import Alarms
from harness.data.posterior import Posterior, check_posterior
from harness.data.record import MemoryRecord, RunRecord, ScoreRecord
from harness.data.score import Score
from harness.errors import HarnessError
from harness.registry.lifecycle import announce
from harness.runs.alarms import alarms_of_test, table_of_alarms, write_alarms
from harness.runs.assembly import Choice, build_estimator
from harness.runs.checkpoint import discard_checkpoint
from harness.runs.home import (
    ALARM,
    ALARMS,
    ARTIFACTS,
    ESTIMATOR,
    EVIDENCE,
    PER_PLANET,
    PREDICTIONS,
    SCHEMA,
    TRAINING_RANGE,
    Home,
)
from harness.runs.plan import Plan
from harness.runs.recording import begun, ended, run_id_of
from harness.runs.scoring import score_all, write_per_planet
from harness.runs.training_range import training_range
from harness.runs.undertaking import undertake
from harness.submissions import write_submission

logger = logging.getLogger(__name__)


@dataclass
class _Work:
    """A run on a challenge, and what it has reached so far; enough to record it wherever it stops."""

    plan: Plan
    challenge: Challenge
    scorers: list[Choice[Scorer]]
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
            if self.plan.device.type == "cuda":
                torch.cuda.synchronize(self.plan.device)  # what is still queued belongs to this stage
        finally:
            self.seconds[name] = round(time.perf_counter() - begun, 3)
        logger.info("%s took %.1f s", name, self.seconds[name])

    def carry_out(self, run: Run, folder: Path) -> None:
        _carry_out(self.plan, self.challenge, self.scorers, run, self)
        _write_results(folder, self.challenge, self)

    def ended(self, record: RunRecord, error: BaseException | None, memory: MemoryRecord) -> RunRecord:
        scores = [score for score, _ in self.results]
        return ended(record, error, self.estimator, scores, self.seconds, memory)


def execute(
    plan: Plan, challenge: Challenge, scorers: list[Choice[Scorer]], home: Home, *, quiet: bool = False
) -> tuple[RunRecord, BaseException | None]:
    """Carry out one run and record it, whether it finishes, fails or is interrupted (see `undertake`).

    Returns:
        the record, and the error that ended the run if one did.

    Raises:
        HarnessError: as `undertake`.
    """
    started = datetime.now(UTC)
    run_id = run_id_of(plan.estimator.registration.name, started)
    record = begun(plan, challenge, scorers, run_id, started)
    return undertake(
        _Work(plan, challenge, scorers),
        record,
        home,
        lambda checkpoint: _surroundings(plan, challenge, run_id, checkpoint, quiet),
        resume=plan.resume,
        n_bytes=_expected_bytes(plan, challenge),
    )


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
        answer = estimator.sample(test.observations, plan.n_samples, run)
        n_parameters = len(challenge.schema.parameters)
        prediction = check_posterior(answer, test.observations, plan.n_samples, n_parameters).cpu()
    _require_untouched(challenge, run.name)
    work.prediction = prediction = replace(prediction.normalised(), alarm=work.alarms[1].p_value)
    with work.stage("score"):
        work.results = score_all(scorers, prediction, test, challenge)


def _require_untouched(challenge: Challenge, name: str) -> None:
    """Refuse a score on planets that are no more those of the challenge, and spare the methods after it."""
    if challenge.changed_in_place():
        raise HarnessError(
            f"while '{name}' was fitted and asked, the planets of {challenge.spec} were changed in place; a "
            "method works on copies of what it is given (tensor.clone())."
        )


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


def _expected_bytes(plan: Plan, challenge: Challenge) -> int:
    """Roughly what the predictions will take: float32 samples and float64 weights."""
    return len(challenge.test) * (plan.n_samples * (4 * len(challenge.schema.parameters) + 8) + 1500)


def finished_before(
    plan: Plan, challenge: Challenge, scorers: list[Choice[Scorer]], home: Home
) -> RunRecord | None:
    """The latest finished run that equals this one in all that decides its result, or None."""
    return finished_of(plan.identity(challenge, scorers), home)


def finished_of(identity: str, home: Home) -> RunRecord | None:
    """The latest finished run of an identity, or None."""
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
