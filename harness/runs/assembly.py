"""From names and options to components, and from a run's folder back to its fitted estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, overload

import torch

from harness.challenges import load
from harness.components import Challenge, Component, Embedder, Estimator, Preprocessor, Scorer
from harness.components.run import Run
from harness.data.record import ComponentRecord, RunRecord
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.registry.plugins import Registration, registry
from harness.runs.home import ESTIMATOR, RECORD, SCHEMA

C = TypeVar("C", bound=Component, covariant=True)
Values = Mapping[str, Any] | None  # options by name


@dataclass(frozen=True)
class Choice(Generic[C]):
    """A component that was asked for: its registration, its class, and its checked options."""

    registration: Registration
    component: type[C]
    options: Component.Options

    @overload
    @staticmethod
    def of(kind: Literal["challenge"], name: str, values: Values = None) -> Choice[Challenge]: ...
    @overload
    @staticmethod
    def of(kind: Literal["preprocessor"], name: str, values: Values = None) -> Choice[Preprocessor]: ...
    @overload
    @staticmethod
    def of(kind: Literal["embedder"], name: str, values: Values = None) -> Choice[Embedder]: ...
    @overload
    @staticmethod
    def of(kind: Literal["estimator"], name: str, values: Values = None) -> Choice[Estimator]: ...
    @overload
    @staticmethod
    def of(kind: Literal["scorer"], name: str, values: Values = None) -> Choice[Scorer]: ...
    @overload
    @staticmethod
    def of(kind: str, name: str, values: Values = None) -> Choice[Component]: ...
    @staticmethod
    def of(kind: str, name: str, values: Values = None) -> Choice[Any]:
        """Look a component up and check its options, without building it.

        Raises:
            HarnessError: the name or an option is unknown, or a value is out of range.
        """
        registration = registry().get(kind, name)
        component = registration.load()
        return Choice(registration, component, component.parse_options(values, name))

    def build(self, **arguments: Any) -> C:
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
    schema: Schema,
    estimator: Choice[Estimator],
    preprocessor: Choice[Preprocessor] | None,
    embedder: Choice[Embedder] | None,
) -> Estimator:
    """The estimator with its preprocessor and embedder, not yet fitted."""
    return estimator.build(
        schema=schema,
        preprocessor=preprocessor.build() if preprocessor else None,
        embedder=embedder.build() if embedder else None,
    )


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
        chosen = Choice.of("estimator", record.estimator.name, record.estimator.options)
        first, second = record.preprocessor, record.embedder
        preprocessor = Choice.of("preprocessor", first.name, first.options) if first else None
        embedder = Choice.of("embedder", second.name, second.options) if second else None
    except HarnessError as error:
        raise HarnessError(
            f"Run {record.run_id} was made by {record.estimator.distribution} {record.estimator.version} and "
            f"cannot be opened with what is installed here: {error}"
        ) from error
    estimator = build_estimator(schema, chosen, preprocessor, embedder)
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
