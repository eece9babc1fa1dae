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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from harness.components import Challenge
from harness.contract.subject import ContractViolation, Subject
from harness.errors import HarnessError
from harness.registry.installed import HOOKS, installed_as
from harness.registry.plugins import registry

S = TypeVar("S")

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
    """One statement about a component or plugin; calling it raises `ContractViolation` if it is not true.

    Attributes:
        name: in one word, for tests.
        statement: for people.
        subject: what it is about; of a component it has the `registration`.
    """

    name: str
    statement: str
    subject: Any
    body: Callable[[], None]

    def __call__(self) -> None:
        self.body()

    def __str__(self) -> str:
        return self.name


def _checks(subject: S, functions: Iterable[Callable[[S], None]]) -> list[Check]:
    return [
        Check(
            function.__name__.removeprefix("check_"),
            (function.__doc__ or "").split("\n")[0],
            subject,
            partial(function, subject),
        )
        for function in functions
    ]


def contract(
    kind: str, name: str, options: Mapping[str, Any] | None = None, location: str | None = None
) -> list[Check]:
    """The checks for one installed component, or for a plugin of hooks.

    Arguments:
        kind: "estimator", "preprocessor", "embedder", "scorer", "challenge" or "hooks".
        name: the name it is registered under; for hooks, the name of the plugin's entry point.
        options: its options in the checks, over its own `contract_options`.
        location: where the data of a challenge lie, if it needs any.

    Raises:
        HarnessError: the component or an option is unknown, or a challenge needs a location.
    """
    if kind == HOOKS:
        (plugin,) = installed_as(name, HOOKS)
        if options:
            raise HarnessError(f"Plugin '{name}' has hooks, and hooks take no options; leave out --set.")
        return _checks(plugin, importlib.import_module("harness.contract.hooks").CHECKS)
    registration = registry().get(kind, name)
    component = registration.load()
    chosen = {**component.contract_options, **(options or {})}
    component.parse_options(chosen, name)
    if issubclass(component, Challenge) and component.needs_location and not location:
        raise HarnessError(f"Challenge '{name}' is tested on data: say where they lie with --location PATH.")
    subject = Subject(registration, component, chosen, location)
    shared = importlib.import_module("harness.contract.options").CHECKS
    own = importlib.import_module(CHECKS_OF[kind])
    return _checks(subject, (*shared, *own.CHECKS[kind]))
