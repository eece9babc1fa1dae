"""What a record says beside its scores, against its kept predictions and its challenge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.components import Challenge
from harness.components.forward_check import ForwardCheck, check_forward_model, uncheckable
from harness.data.posterior import Posterior
from harness.data.record import ComponentRecord, ForwardRecord, RunRecord
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.runs.home import SCHEMA
from harness.runs.plan import forward_record
from harness.untrusted.words import excerpt
from harness_leaderboard.proofs.agreement import agree

NOISE = 1.0  # what residuals of spectra are in units of


def facts_apart(
    record: RunRecord, folder: Path, prediction: Posterior, challenge: Challenge
) -> Iterator[str]:
    """Where the record of a run, or the schema in its folder, is not of these predictions; in clauses.

    What only the run itself knew (seconds, device, versions) is not to be found out from files.
    """
    kept = prediction.samples.shape[1]
    if record.n_samples != kept:
        yield f"{record.n_samples:,} samples for each planet in the record, {kept:,} in the kept predictions"
    for said in dict.fromkeys([record.challenge.name, record.challenge.spec.partition(":")[0]]):
        if said != challenge.name:
            yield f"the challenge is '{excerpt(said)}' in the record, and is '{challenge.name}'"
    planets = {name: len(split) for name, split in challenge.splits.items()}
    for name in dict.fromkeys([*planets, *record.challenge.planets]):
        recorded, there = record.challenge.planets.get(name, 0), planets.get(name, 0)
        if recorded != there:
            yield f"{recorded:,} planets in '{excerpt(name)}' in the record, {there:,} in the challenge"
    if (folder / SCHEMA).exists():
        yield from _of_schema(folder / SCHEMA, challenge.schema)
    if record.challenge.forward_check is not None:
        yield from _of_forward_model(record.challenge.forward_check, challenge)
    for component in _components(record):
        if any(component.options.get(name, ...) != value for name, value in component.changed.items()):
            of = f"{component.kind} '{excerpt(component.name)}'"
            yield f"the options of {of} that are said to be changed are not its options"


def _of_schema(path: Path, schema: Schema) -> Iterator[str]:
    try:
        found = Schema.read(path)
    except HarnessError as error:
        yield str(error).rstrip(".")
        return
    for what in Schema.model_fields:
        if getattr(found, what) != getattr(schema, what):
            yield f"the {path.name} in its folder has other {what} than the challenge"


def _of_forward_model(said: ForwardRecord, challenge: Challenge) -> Iterator[str]:
    found = challenge.forward_check(at_once=True)
    if found is None or _same(said, found):
        return
    forward, train, schema = challenge.forward_model(), challenge.train, challenge.schema
    if (
        forward is not None  # an older version looked at training planets, and not at those held out
        and not uncheckable(forward, train, schema)
        and _same(said, check_forward_model(forward, train, schema))
    ):
        return
    yield "how well the forward model makes the training spectra is not what the record says"


def _same(said: ForwardRecord, check: ForwardCheck) -> bool:
    found = forward_record(check)
    assert found is not None
    pairs = ((said.median, found.median), (said.quantile90, found.quantile90))
    return (said.planets, said.agrees) == (found.planets, found.agrees) and all(
        agree(one, other, NOISE) for one, other in pairs
    )


def _components(record: RunRecord) -> Iterator[ComponentRecord]:
    for one in (record.challenge, record.preprocessor, record.embedder, record.estimator):
        if one is not None:
            yield one
    for score in record.scores:
        yield score.scorer
