"""Challenges: observations, their truth, and how to load them by name."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr
from typing import Any

from harness.components import Challenge
from harness.data.given import require_text
from harness.data.observations import Observations
from harness.data.split import Split
from harness.data.truth import Traces, Truth
from harness.errors import HarnessError

__all__ = ["Observations", "Split", "Traces", "Truth", "load", "require_opened"]


def load(spec: str, options: Mapping[str, Any] | None = None) -> Challenge:
    """Open a challenge: `"ariel-mini"`, `"ariel2023:PATH"`, `"hela:PATH"`, or what a plugin adds.

    Arguments:
        spec: the challenge's name, and behind a colon where its data lie if it has any.
        options: its options by name (`harness plugins show NAME` lists them).

    Raises:
        HarnessError: the name or an option is unknown, or the data are missing or damaged.
    """
    from harness.registry.plugins import registry

    require_text("challenge", spec)
    if not isinstance(options, Mapping | None):
        raise HarnessError(
            f"The options of {spec} are {options!r}; expected them by name, such as {{'seed': 1}}."
        )
    name, _, location = spec.partition(":")
    component = registry().get("challenge", name).load()
    assert issubclass(component, Challenge)  # `load` has made sure
    return component.create(options, name=name, location=location or None)


def require_opened(given: object) -> None:
    """Refuse what is no open challenge, such as its name.

    Raises:
        HarnessError: says how to open one.
    """
    if not isinstance(given, Challenge):
        raise HarnessError(
            f"The challenge is {repr(given)}; expected one that is open, as harness.load(NAME) gives it."
        )
