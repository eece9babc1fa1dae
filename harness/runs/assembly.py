"""From names and options to components, and from a run's folder back to its fitted estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, overload

from harness.components import Challenge, Component, Embedder, Estimator, Preprocessor, Scorer
from harness.data.record import ComponentRecord
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.registry.plugins import Registration, registry

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

    @staticmethod
    def opened(challenge: Challenge) -> Choice[Challenge]:
        """The choice that a challenge which is open already was made from.

        Raises:
            HarnessError: it is of no installed kind, so that a record could not say what it is.
        """
        registration = registry().get("challenge", challenge.name)
        if registration.load() is not type(challenge):
            raise HarnessError(
                f"The challenge '{challenge.name}' is of {registration.distribution}, and the one that was "
                f"given is {type(challenge).__name__}; register it under a name of its own."
            )
        return Choice(registration, type(challenge), challenge.options)

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


def streams(*parts: ComponentRecord | None) -> tuple[str, ...]:
    """The component names that a run's seeds are derived from."""
    return tuple(part.name if part else "none" for part in parts)
