"""From names and options to components, and from a run's folder back to its fitted estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from harness.challenges import load
from harness.components import Component, Embedder, Estimator, Preprocessor
from harness.components.run import Run
from harness.data.record import ComponentRecord, RunRecord
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.registry.plugins import Registration, registry
from harness.runs.home import ESTIMATOR, RECORD, SCHEMA


@dataclass(frozen=True)
class Choice:
    """A component that was asked for: its registration, its class, and its checked options."""

    registration: Registration
    component: type[Component]
    options: Component.Options

    @classmethod
    def of(cls, kind: str, name: str, values: Mapping[str, Any] | None = None) -> Choice:
        """Look a component up and check its options, without building it.

        Raises:
            HarnessError: the name or an option is unknown, or a value is out of range.
        """
        registration = registry().get(kind, name)
        component = registration.load()
        return cls(registration, component, component.parse_options(values, name))

    def build(self, **arguments: Any) -> Any:
        """The component itself."""
        return self.component.create(self.options.model_dump(), name=self.registration.name, **arguments)

    def record(self) -> ComponentRecord:
        """The component as the run record keeps it."""
        options = self.options.model_dump(mode="json")
        defaults = type(self.options)().model_dump(mode="json")
        return ComponentRecord(
            kind=self.registration.kind,
            name=self.registration.name,
            distribution=self.registration.distribution,
            version=self.registration.version,
            options=options,
            changed={name: value for name, value in options.items() if value != defaults.get(name)},
        )


def build_estimator(
    schema: Schema, estimator: Choice, preprocessor: Choice | None, embedder: Choice | None
) -> Estimator:
    """The estimator with its preprocessor and embedder, not yet fitted."""
    first: Preprocessor | None = preprocessor.build() if preprocessor else None
    second: Embedder | None = embedder.build() if embedder else None
    built: Estimator = estimator.build(schema=schema, preprocessor=first, embedder=second)
    return built


@dataclass(frozen=True)
class FittedRun:
    """A recorded run, ready to sample again."""

    folder: Path
    record: RunRecord
    schema: Schema
    estimator: Estimator
    run: Run


def open_run(folder: Path, device: torch.device | None = None) -> FittedRun:
    """Load the fitted estimator of a run.

    Raises:
        HarnessError: the run failed, a file is missing, or a plugin it used is not installed.
    """
    record = RunRecord.read(folder / RECORD)
    if record.status != "finished":
        raise HarnessError(
            f"Run {record.run_id} {record.status} ({record.error}); it has no fitted estimator to use."
        )
    schema = Schema.read(folder / SCHEMA)
    try:
        choices = [
            None if part is None else Choice.of(part.kind, part.name, part.options)
            for part in (record.estimator, record.preprocessor, record.embedder)
        ]
    except HarnessError as error:
        raise HarnessError(
            f"Run {record.run_id} was made by {record.estimator.distribution} {record.estimator.version} and "
            f"cannot be opened with what is installed here: {error}"
        ) from error
    assert choices[0] is not None
    estimator = build_estimator(schema, choices[0], choices[1], choices[2])
    run = Run(
        name=record.run_id,
        device=device or torch.device("cpu"),
        seed=record.seed,
        streams=streams(record.estimator, record.preprocessor, record.embedder),
        forward_model=lambda: load(record.challenge.spec, record.challenge.options).forward_model(),
    )
    estimator.load(folder / ESTIMATOR, run)
    return FittedRun(folder, record, schema, estimator, run)


def streams(*parts: ComponentRecord | None) -> tuple[str, ...]:
    """The component names that a run's seeds are derived from."""
    return tuple(part.name if part else "none" for part in parts)
