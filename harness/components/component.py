"""What every component is: named, with checked options and a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.data.record import COMPUTABLE, require_computable
from harness.errors import HarnessError, nearest_match
from harness.untrusted.words import excerpt

NUMBERS = (int, float, int | None, float | None)  # of which pydantic takes true for 1


class Component:
    """A named, configurable part of a run.

    A subclass with options of its own declares them twice over, so that type checkers know them: the nested
    model `class Options(Component.Options)`, and below it the line `options: Options`.

    Attributes:
        name: the name it was registered under.
        options: the options it was given, checked.
        source: the paper or code that the method comes from, printed by `harness plugins show`.
        contract_options: options that keep the contract suite quick (fewer epochs, fewer trees).
    """

    class Options(BaseModel):
        """No options."""

        model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    options: Options
    name: str = ""
    source: ClassVar[str] = ""
    contract_options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, options: Options | None = None) -> None:
        self.options = options if options is not None else self.Options()

    @classmethod
    def parse_options(cls, values: Mapping[str, Any] | None, name: str = "") -> Options:
        """Check options given by name; `name` is what the component is called in messages.

        Raises:
            HarnessError: an option is unknown, or its value has the wrong type or range, or is so large that
                no record of it could be read.
        """
        called = name or cls.__name__
        for option, value in (values or {}).items():
            field = cls.Options.model_fields.get(option)
            if isinstance(value, bool) and field is not None and field.annotation in NUMBERS:
                raise HarnessError(
                    f"Option '{option}' of {called} is {str(value).lower()}; expected a number."
                )
        try:
            options = cls.Options.model_validate(dict(values or {}))
        except ValidationError as error:
            raise HarnessError(_explain(cls, called, error)) from error
        for option in values or {}:
            value = options.model_dump(mode="json", include={option})
            try:
                require_computable(value, option)
            except ValueError as error:
                raise HarnessError(
                    f"Option '{option}' of {called} is {excerpt(str(value[option]))}; expected {COMPUTABLE}."
                ) from error
        return options

    @classmethod
    def create(cls, values: Mapping[str, Any] | None = None, *, name: str = "", **arguments: Any) -> Self:
        """The component with the options given by name; see `parse_options`."""
        called = name or cls.name or cls.__name__
        component = cls(cls.parse_options(values, called), **arguments)
        component.name = called
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
    if first["type"] == "missing":
        return f"Option '{name}' of {called} has no value."
    message = f"{message[:1].lower()}{message[1:]}"
    if not name:  # of several options together, which the message names
        return f"Options of {called}: {message}."
    return f"Option '{name}' of {called} is {first['input']!r}: {message}."
