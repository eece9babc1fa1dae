"""The same run from its record: what to ask for, what is not as it was, and whether the samples are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from harness.data.posterior import Posterior
from harness.data.record import ComponentRecord, RunRecord
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.runs.home import PREDICTIONS, SCHEMA
from harness.runs.planning import Planned
from harness.runs.recording import begun
from harness.runs.request import Request
from harness.runs.retrieval_command import refuse_retrieval
from harness.submissions import read_submission, recorded_planets


@dataclass(frozen=True)
class Change:
    """Something that is not as it was when the run was made; None where there was or is none."""

    what: str
    recorded: str | None
    now: str | None


def request_of(record: RunRecord, data: str | None, device: str | None, name: str | None) -> Request:
    """What asks for the same run: every option is spelled out, defaults included.

    Arguments:
        record: of the run, which may be a stranger's.
        data: where the data of its challenge lie now, as NAME:PATH; None for where they lay.
        device: "cpu" or "cuda" instead of the recorded one.
        name: a label.

    Raises:
        HarnessError: the record is of a file that was handed in, or the data are another challenge's.
    """
    refuse_retrieval(record)
    if record.submission is not None:
        raise HarnessError(
            f"Run {record.run_id} is a file that was handed in by {record.submission.by}; "
            "it cannot be made here."
        )
    challenge = record.challenge
    if data is not None and data.partition(":")[0] != challenge.name:
        raise HarnessError(
            f"The run was made on '{challenge.name}', and --data says '{data.partition(':')[0]}'."
        )
    parts = (challenge, record.estimator, record.preprocessor, record.embedder)
    settings = {part.kind: dict(part.options) for part in parts if part is not None}
    settings |= {score.scorer.name: dict(score.scorer.options) for score in record.scores}
    return Request(
        estimators=(record.estimator.name,),
        challenge=data or challenge.spec,
        preprocessor=_name(record.preprocessor),
        embedder=_name(record.embedder),
        scorers=[score.scorer.name for score in record.scores],
        seeds=(record.seed,),
        samples=record.n_samples,
        device=device or record.device.partition(" ")[0],
        settings={target: options for target, options in settings.items() if options},
        name=name,
        time_budget=record.time_budget,
    )


def _name(component: ComponentRecord | None) -> str | None:
    return None if component is None else component.name


def changes(record: RunRecord, planned: Planned) -> list[Change]:
    """What is not as it was when a run was made, before it is made again.

    Raises:
        HarnessError: its planets are not those of the record, so that it would be another run.
    """
    [plan] = planned.plans
    now = begun(plan, planned.challenge, planned.scorers, record.run_id, datetime.now(UTC))
    if now.challenge.fingerprint != record.challenge.fingerprint:
        raise HarnessError(
            f"{now.challenge.spec} is not what run {record.run_id} was made on: its fingerprint is "
            f"{now.challenge.fingerprint}, that of the run {record.challenge.fingerprint}; "
            "say with --data where the data lie."
        )
    scorers = [choice.record() for choice in planned.scorers]
    found = [
        Change(what, before, after)
        for what, before, after in _facts(record, now, [score.scorer for score in record.scores], scorers)
        if before != after
    ]
    if record.identity != now.identity and not found:
        found.append(Change("code of what takes part", record.identity, now.identity))
    return found


def _facts(
    record: RunRecord, now: RunRecord, scored: list[ComponentRecord], scorers: list[ComponentRecord]
) -> Iterator[tuple[str, str | None, str | None]]:
    """(what, then, now) of all that may change the samples, or only the seconds."""
    yield "device", record.device, now.device
    yield "processor", record.processor, now.processor
    yield "platform", record.platform, now.platform
    yield "revision", record.git_revision, now.git_revision
    for library in dict.fromkeys([*record.versions, *now.versions]):
        yield library, record.versions.get(library), now.versions.get(library)
    for name in ("challenge", "preprocessor", "embedder", "estimator"):
        yield from _of_component(name, getattr(record, name), getattr(now, name))
    again = {scorer.name: scorer for scorer in scorers}
    for scorer in scored:
        yield from _of_component(f"scorer {scorer.name}", scorer, again.get(scorer.name))


def _of_component(
    called: str, before: ComponentRecord | None, after: ComponentRecord | None
) -> Iterator[tuple[str, str | None, str | None]]:
    yield called, _origin(before), _origin(after)
    ours = {} if before is None else before.options
    theirs = {} if after is None else after.options
    for option in dict.fromkeys([*ours, *theirs]):
        yield f"{called}.{option}", _text(ours.get(option)), _text(theirs.get(option))


def _origin(component: ComponentRecord | None) -> str | None:
    return None if component is None else f"{component.name} of {component.distribution} {component.version}"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True)
class Sameness:
    """How alike the samples of two runs are.

    Attributes:
        identical: whether every number is the same.
        planets: how many there are.
        moved: how many planets have other samples.
        farthest: the largest shift of a marginal mean in standard deviations of that marginal.
    """

    identical: bool
    planets: int
    moved: int
    farthest: float


def require_comparable(folder: Path) -> None:
    """Look at the samples that a run's folder keeps, if it does, before hours go into others to compare.

    Raises:
        HarnessError: they are damaged.
    """
    if (folder / PREDICTIONS).is_file():
        planets = recorded_planets(folder / PREDICTIONS)
        read_submission(folder / PREDICTIONS, planets, Schema.read(folder / SCHEMA))


def same_samples(first: Path, second: Path) -> Sameness | None:
    """Compare the samples that two runs' folders keep; None where the first keeps none.

    Raises:
        HarnessError: they are damaged, or of other planets.
    """
    if not (first / PREDICTIONS).is_file():
        return None
    planets = recorded_planets(second / PREDICTIONS)
    schema = Schema.read(second / SCHEMA)
    before, after = (read_submission(folder / PREDICTIONS, planets, schema) for folder in (first, second))
    if before.samples.shape != after.samples.shape:
        return Sameness(False, len(planets), len(planets), float("inf"))
    equal = (before.samples == after.samples).flatten(1).all(-1) & (before.weights == after.weights).all(-1)
    moved = int((~equal).sum())
    return Sameness(moved == 0, len(planets), moved, _farthest(before, after))


def _farthest(before: Posterior, after: Posterior) -> float:
    """The largest shift of a marginal mean, in standard deviations of the first."""

    def mean(posterior: Posterior) -> torch.Tensor:
        return (posterior.weights[..., None] * posterior.samples.double()).sum(1)

    centre = mean(before)
    variance = (before.weights[..., None] * (before.samples.double() - centre[:, None]) ** 2).sum(1)
    shift = (mean(after) - centre).abs() / variance.sqrt().clamp_min(torch.finfo(torch.float64).tiny)
    return float(shift.max())
