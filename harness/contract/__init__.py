"""What every component must satisfy, as checks that a plugin's own tests can run.

    import pytest
    from harness.contract import contract

    @pytest.mark.parametrize("check", contract("estimator", "my-method"), ids=str)
    def test_contract(check):
        check()

`harness plugins test NAME` runs the same checks from the command line.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.components import Challenge
from harness.contract.subject import ContractViolation, Subject
from harness.errors import HarnessError
from harness.registry.plugins import registry

__all__ = ["Check", "ContractViolation", "contract"]

CHECKS_OF = {
    "estimator": "harness.contract.estimator",
    "preprocessor": "harness.contract.features",
    "embedder": "harness.contract.features",
    "scorer": "harness.contract.scorer",
    "challenge": "harness.contract.challenge",
}


@dataclass(frozen=True)
class Check:
    """One statement about one component; calling it raises `ContractViolation` if it is not true."""

    subject: Subject
    function: Callable[[Subject], None]

    def __call__(self) -> None:
        self.function(self.subject)

    def __str__(self) -> str:
        return self.function.__name__.removeprefix("check_")

    @property
    def statement(self) -> str:
        """What the check says, for people."""
        return (self.function.__doc__ or str(self)).split("\n")[0]


def contract(
    kind: str, name: str, options: Mapping[str, Any] | None = None, location: str | None = None
) -> list[Check]:
    """The checks for one installed component.

    Arguments:
        kind: "estimator", "preprocessor", "embedder", "scorer" or "challenge".
        name: the name it is registered under.
        options: its options in the checks, over its own `contract_options`.
        location: where the data of a challenge lie, if it needs any.

    Raises:
        HarnessError: the component or an option is unknown, or a challenge needs a location.
    """
    registration = registry().get(kind, name)
    component = registration.load()
    chosen = {**component.contract_options, **(options or {})}
    component.parse_options(chosen, name)
    if issubclass(component, Challenge) and component.needs_location and not location:
        raise HarnessError(f"Challenge '{name}' is tested on data: say where they lie with --location PATH.")
    subject = Subject(registration, component, chosen, location)
    shared = importlib.import_module("harness.contract.options").CHECKS
    own = importlib.import_module(CHECKS_OF[kind])
    return [Check(subject, function) for function in (*shared, *own.CHECKS[kind])]
