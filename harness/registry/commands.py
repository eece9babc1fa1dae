"""The commands that plugins add to the command line, registered by name like components."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import HarnessError, PluginWarning, described
from harness.registry.plugins import manager
from harness.registry.targets import NotImportable, check_registration, load_target

if TYPE_CHECKING:
    import click


@dataclass(frozen=True)
class CommandRegistration:
    """A command known by name; its module is imported only when `load` is called."""

    name: str
    target: str
    summary: str
    distribution: str = "ariel-harness"

    def load(self) -> click.Command:
        """Import the command.

        Raises:
            NotImportable: the module or the command is missing, or it is no click command.
        """
        import click

        called = f"command '{self.name}' of {self.distribution}"
        loaded = load_target(called, self.target)
        if not isinstance(loaded, click.Command):
            raise NotImportable(
                f"{called} points at '{self.target}', which is no click command; make it one."
            )
        return loaded


def add_plugin_commands(cli: click.Group, add: Callable[[CommandRegistration], None]) -> None:
    """Let every plugin add its commands to `cli`, or register them with `add`.

    A plugin that fails there is a `PluginWarning` that names it, and the others are asked all the same.
    """
    plugins = manager()
    for label, plugin in plugins.list_name_plugin():
        distribution = label.partition(":")[0]

        def register(name: str, target: str, *, summary: str = "", of: str = distribution) -> None:
            check_registration("command", name, target)
            add(CommandRegistration(name, target, summary, of))

        others = [other for _, other in plugins.list_name_plugin() if other is not plugin]
        try:
            plugins.subset_hook_caller("register_commands", others)(cli=cli, register=register)
        except HarnessError as error:
            warnings.warn(str(error), PluginWarning, stacklevel=2)
        except (Exception, SystemExit) as error:
            warnings.warn(
                f"Plugin '{label}' failed in register_commands: {described(error)}",
                PluginWarning,
                stacklevel=2,
            )
