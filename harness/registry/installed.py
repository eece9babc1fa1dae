"""All that is installed: components by name, and plugins that follow runs with hooks."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from typing import ClassVar

from harness.errors import HarnessError, nearest_match
from harness.registry import hookspecs
from harness.registry.plugins import KINDS, Registration, distribution_of, manager, registry

HOOKS = "hooks"  # the kind of a plugin that follows runs
ALL_KINDS = (*KINDS, HOOKS)

# the hooks that follow a run, in the order in which they are called
FOLLOWING = ("run_started", "epoch_finished", "run_finished", "run_failed", "runs_reported")


@dataclass(frozen=True)
class HookPlugin:
    """A plugin that follows runs.

    Attributes:
        name: of its entry point.
        module: with its hooks.
        hooks: those of `FOLLOWING` that it implements.
        distribution, version: what it was installed with.
    """

    kind: ClassVar[str] = HOOKS
    name: str
    module: str
    hooks: tuple[str, ...]
    distribution: str
    version: str

    @property
    def label(self) -> str:
        """What the plugin manager and its warnings call it."""
        return f"{self.distribution}:{self.name}"

    @property
    def summary(self) -> str:
        """Which hooks it implements."""
        return ", ".join(self.hooks)


def hook_plugins() -> list[HookPlugin]:
    """Every plugin that follows runs."""
    found = {}
    for entry_point in importlib.metadata.entry_points(group=hookspecs.PROJECT):
        distribution, version = distribution_of(entry_point)
        plugin = manager().get_plugin(f"{distribution}:{entry_point.name}")
        implemented = {caller.name for caller in manager().get_hookcallers(plugin) or ()}
        hooks = tuple(hook for hook in FOLLOWING if hook in implemented)
        if hooks:
            one = HookPlugin(entry_point.name, entry_point.module, hooks, distribution, version)
            found[one.label] = one  # an editable install can be listed twice
    return list(found.values())


def installed(kind: str | None = None) -> list[Registration | HookPlugin]:
    """Everything, or everything of one kind, sorted by kind and name."""
    everything = [one for one in (*registry(), *hook_plugins()) if kind in (None, one.kind)]
    return sorted(everything, key=lambda one: (ALL_KINDS.index(one.kind), one.name))


def installed_as(name: str, kind: str | None = None) -> list[Registration | HookPlugin]:
    """What is installed under a name, of one kind if given.

    Raises:
        HarnessError: nothing is; says the nearest match.
    """
    candidates = installed(kind)
    found = [one for one in candidates if one.name == name]
    if not found:
        names = sorted({one.name for one in candidates})
        what = "component" if kind is None else kind
        raise HarnessError(
            f"There is no {what} named '{name}'{nearest_match(name, names)}; 'harness plugins' lists them."
        )
    return found
