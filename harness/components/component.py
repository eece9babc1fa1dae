"""What every component is: named, with checked options and a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import HarnessError, nearest_match


class Component:
    """A named, configurable part of a run.

    Attributes:
        name: the name it was registered under.
        source: the paper or code that the method comes from, printed by `harness plugins show`.
        contract_options: options that keep the contract suite quick (fewer epochs, fewer trees).
    """

    class Options(BaseModel):
        """No options."""

        model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    name: str = ""
    source: ClassVar[str] = ""
    contract_options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, options: Options | None = None) -> None:
        self.options: Any = options if options is not None else self.Options()

    @classmethod
    def parse_options(cls, values: Mapping[str, Any] | None, name: str = "") -> Options:
        """Check options given by name; `name` is what the component is called in messages.

        Raises:
            HarnessError: an option is unknown, or its value has the wrong type or range.
        """
        try:
            return cls.Options.model_validate(dict(values or {}))
        except ValidationError as error:
            raise HarnessError(_explain(cls, name or cls.__name__, error)) from error

    @classmethod
    def create(cls, values: Mapping[str, Any] | None = None, *, name: str = "", **arguments: Any) -> Self:
        """The component with the options given by name; see `parse_options`."""
        component = cls.__new__(cls)
        component.name = name or cls.name or cls.__name__  # known before __init__, whose errors print it
        component.__init__(cls.parse_options(values, component.name), **arguments)  # type: ignore[misc]
        return component


def _explain(component: type[Component], called: str, error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    known = list(component.Options.model_fields)
    if first["type"] == "extra_forbidden":
        return (
            f"{called} has no option '{name}'{nearest_match(name, known)}; "
            f"its options are: {', '.join(known) or 'none'}."
        )
    message = first["msg"].removeprefix("Value error, ")
    return f"Option '{name}' of {called} is {first['input']!r}: {message[:1].lower()}{message[1:]}."
