"""Options that change nothing beside others: refused, since a board would list them as if they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationInfo, field_validator

if TYPE_CHECKING:
    from collections.abc import Collection


def counts_with(option: str, other: str, values: Collection[Any]) -> Any:
    """A validator of an option that changes something only where another has one of some values.

    What records hold, the default, is let through. The other option is declared before this one:

        class Options(Component.Options):
            weights: Literal["uniform", "likelihood"] = "uniform"
            temperature: float = 1.0
            _with_weights = counts_with("temperature", "weights", ["likelihood"])
    """

    def refuse(cls: Any, value: Any, others: ValidationInfo) -> Any:
        beside = others.data.get(other, None)
        known = other in others.data  # not where it was refused itself
        if known and beside not in values and value != cls.model_fields[option].default:
            wanted = " or ".join(f"{other}={one}" for one in values)
            raise ValueError(f"it changes nothing with {other}={beside}; leave it out, or ask for {wanted}")
        return value

    return field_validator(option)(classmethod(refuse))
