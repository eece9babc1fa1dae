"""The contract of plugins that follow runs finds what they do wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from harness import Run, RunRecord, hookimpl
from harness.contract import ContractViolation
from harness.contract.hooks import (
    check_a_failed_run_is_followed_too,
    check_a_run_finishes_with_it,
    check_it_is_light,
)
from harness.registry.installed import HookPlugin
from harness.registry.plugins import manager


class Dividing:
    """Divides by the number of epochs seen, where there was none yet."""

    @hookimpl
    def epoch_finished(self, run: Run, metrics: Mapping[str, float]) -> None:
        _ = metrics["loss"] / 0


class Sorry:
    """Knows finished runs alone."""

    @hookimpl
    def run_failed(self, record: RunRecord) -> None:
        raise KeyError(record.scores[0].value)


Register = Callable[[object], HookPlugin]


@pytest.fixture
def follow() -> Iterator[Register]:
    """Register an object with hooks as if it were an installed plugin."""
    registered = []

    def register(plugin: object) -> HookPlugin:
        manager().register(plugin, name="odd:follower")
        registered.append(plugin)
        return HookPlugin("follower", "json", (), "odd", "1.0")

    yield register
    for plugin in registered:
        manager().unregister(plugin)


def test_a_hook_that_fails_is_found(follow: Register) -> None:
    plugin = follow(Dividing())
    with pytest.raises(
        ContractViolation, match=r"'odd:follower' failed in epoch_finished: ZeroDivisionError"
    ):
        check_a_run_finishes_with_it(plugin)


def test_a_hook_that_fails_where_the_run_does_is_found(follow: Register) -> None:
    plugin = follow(Sorry())
    check_a_run_finishes_with_it(plugin)
    with pytest.raises(ContractViolation, match="failed in run_failed: IndexError"):
        check_a_failed_run_is_followed_too(plugin)


def test_the_fault_of_another_plugin_is_not_its_own(follow: Register) -> None:
    follow(Dividing())
    check_a_run_finishes_with_it(HookPlugin("other", "json", (), "good", "1.0"))


def test_a_module_that_imports_torch_is_found() -> None:
    check_it_is_light(HookPlugin("follower", "json", (), "odd", "1.0"))
    with pytest.raises(ContractViolation, match=r"harness\.estimators\.prior imports .*torch"):
        check_it_is_light(HookPlugin("follower", "harness.estimators.prior", (), "odd", "1.0"))
