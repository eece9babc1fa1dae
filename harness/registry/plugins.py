"""The plugin manager: discovery, lazy loading, and errors that name the plugin."""

from __future__ import annotations

import importlib.metadata
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pluggy

from harness.errors import HarnessError, PluginWarning, nearest_match
from harness.registry import hookspecs
from harness.registry.targets import NotImportable, check_registration, load_target

if TYPE_CHECKING:
    from harness.components import Component

WITHOUT = "HARNESS_WITHOUT"  # names of plugins or of their distributions, between commas
KINDS = ("challenge", "preprocessor", "embedder", "estimator", "scorer")


@dataclass(frozen=True)
class Registration:
    """A component known by name; its module is imported only when `load` is called."""

    kind: str
    name: str
    target: str
    summary: str
    distribution: str
    version: str

    def load(self) -> type[Component]:
        """Import the component's class.

        Raises:
            NotImportable: the module or the class is missing, or the class is not of the right base, lacks a
                method, or has options without usable defaults.
        """
        from harness import components

        called = f"{self.kind} '{self.name}' of {self.distribution}"
        loaded = load_target(called, self.target)
        base: type[Component] = getattr(components, self.kind.capitalize())
        if not (isinstance(loaded, type) and issubclass(loaded, base)):
            raise NotImportable(
                f"{called} points at '{self.target}', which is "
                f"not a subclass of harness.components.{base.__name__}; make it one."
            )
        if missing := sorted(getattr(loaded, "__abstractmethods__", ())):
            raise NotImportable(f"{called} lacks {', '.join(f'`{one}`' for one in missing)}; write it.")
        if not (
            isinstance(loaded.Options, type) and issubclass(loaded.Options, components.Component.Options)
        ):
            raise NotImportable(
                f"{called} has options that are not checked; make its `Options` a subclass of "
                "harness.Component.Options."
            )
        try:
            loaded.parse_options(None, f"{called}, without any given,")
        except HarnessError as error:
            raise NotImportable(
                f"{str(error).rstrip('.')}; give every option a default that it takes."
            ) from error
        return loaded


class Registry:
    """Every component by (kind, name), with the plugins that the names came from."""

    def __init__(self, registrations: dict[tuple[str, str], Registration]) -> None:
        self._registrations = registrations

    def __iter__(self) -> Iterator[Registration]:
        return iter(self._registrations.values())

    def names(self, kind: str) -> list[str]:
        """The names registered for one kind, sorted."""
        return sorted(name for of_kind, name in self._registrations if of_kind == kind)

    def get(self, kind: str, name: str) -> Registration:
        """The registration of `name`.

        Raises:
            HarnessError: nothing of that kind has that name; says what is there and the nearest match.
        """
        try:
            return self._registrations[kind, name]
        except KeyError:
            names = self.names(kind)
            raise HarnessError(
                f"There is no {kind} named '{name}'{nearest_match(name, names)}; "
                f"there is: {', '.join(names) or 'none'}."
            ) from None

    def named(self, name: str, kind: str | None = None) -> list[Registration]:
        """Every registration of a name, of one kind if given.

        Raises:
            HarnessError: there is none; says the nearest match.
        """
        if kind is not None:
            return [self.get(kind, name)]
        found = [one for one in self if one.name == name]
        if not found:
            names = sorted({one.name for one in self})
            raise HarnessError(
                f"There is no component named '{name}'{nearest_match(name, names)}; "
                "'harness plugins' lists them."
            )
        return found


@cache
def manager() -> pluggy.PluginManager:
    """The plugin manager with every installed, working plugin registered.

    A plugin that cannot be imported, or that implements hooks that do not exist, is one
    `PluginWarning` that names it; the others go on. Those that `HARNESS_WITHOUT` names are left out.
    """
    plugins = pluggy.PluginManager(hookspecs.PROJECT)
    plugins.add_hookspecs(hookspecs)
    seen = set()
    for entry_point in importlib.metadata.entry_points(group=hookspecs.PROJECT):
        distribution = distribution_of(entry_point)
        label = f"{distribution[0]}:{entry_point.name}"
        if label in seen or left_out(entry_point):
            continue  # an editable install can be listed twice
        seen.add(label)
        try:
            plugins.register(entry_point.load(), name=label)
            _refuse_unknown_hooks(plugins, label)
        except (Exception, SystemExit) as error:
            _warn(f"Plugin '{entry_point.name}' of {distribution[0]} is left out: {_reason(error)}")
            if plugins.has_plugin(label):
                plugins.unregister(name=label)
    return plugins


def distribution_of(entry_point: importlib.metadata.EntryPoint) -> tuple[str, str]:
    """Name and version of what an entry point was installed with."""
    found = entry_point.dist
    return (found.name, found.version) if found is not None else ("an unknown distribution", "?")


def _refuse_unknown_hooks(plugins: pluggy.PluginManager, label: str) -> None:
    known = [name for name in vars(hookspecs) if plugins.parse_hookspec_opts(hookspecs, name) is not None]
    for caller in plugins.get_hookcallers(plugins.get_plugin(label)) or []:
        if not caller.has_spec():
            raise HarnessError(
                f"it implements the hook '{caller.name}', which does not exist"
                f"{nearest_match(caller.name, known)}; the hooks are: {', '.join(known)}."
            )


def _reason(error: BaseException) -> str:
    if isinstance(error, HarnessError):
        return str(error)
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _warn(message: str) -> None:
    warnings.warn(message, PluginWarning, stacklevel=3)


def left_out(entry_point: importlib.metadata.EntryPoint) -> bool:
    """Whether `HARNESS_WITHOUT` names a plugin, by its name or that of its distribution."""
    without = {name.strip() for name in os.environ.get(WITHOUT, "").split(",")}
    return bool(without & {entry_point.name, distribution_of(entry_point)[0]})


@cache
def registry() -> Registry:
    """Every registered component.

    Raises:
        HarnessError: two plugins register the same name for one kind; names both distributions.
    """
    plugins = manager()
    versions = {
        f"{name}:{entry_point.name}": (name, version)
        for entry_point in importlib.metadata.entry_points(group=hookspecs.PROJECT)
        for name, version in [distribution_of(entry_point)]
    }
    found: dict[tuple[str, str], Registration] = {}
    for label, plugin in plugins.list_name_plugin():
        if plugin is None:
            continue
        name, version = versions.get(label, (label, "?"))
        try:
            own = list(_registrations_of(plugins, plugin, name, version))
        except (Exception, SystemExit) as error:
            _warn(f"Plugin '{label.rpartition(':')[2]}' of {name} is left out: {_reason(error)}")
            continue
        for registration in own:
            key = (registration.kind, registration.name)
            if key in found:
                raise HarnessError(
                    f"The {registration.kind} name '{registration.name}' is registered by both "
                    f"{found[key].distribution} and {name}; uninstall one of them or rename its component."
                )
            found[key] = registration
    return Registry(found)


def _registrations_of(
    plugins: pluggy.PluginManager, plugin: Any, distribution: str, version: str
) -> Iterator[Registration]:
    others = [other for _, other in plugins.list_name_plugin() if other is not plugin]
    for kind in KINDS:
        collected: list[Registration] = []

        def register(
            name: str, target: str, *, summary: str = "", kind: str = kind, into: Any = collected
        ) -> None:
            check_registration(kind, name, target)
            into.append(Registration(kind, name, target, summary, distribution, version))

        plugins.subset_hook_caller(f"register_{kind}s", others)(register=register)
        yield from collected
