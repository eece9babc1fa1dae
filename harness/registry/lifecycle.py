"""Telling plugins what happens to a run; a plugin that fails there does not take the run with it."""

from __future__ import annotations

import warnings
from typing import Any

from harness.errors import HarnessError, PluginWarning, described
from harness.registry.plugins import manager


def announce(hook: str, **arguments: Any) -> None:
    """Call a life-cycle hook of every plugin.

    A plugin that fails is a `PluginWarning` that names it, and the others are called all the same.

    Raises:
        HarnessError: a plugin refused with one, and is named; raised after all the others were called.
    """
    plugins = manager()
    refused: HarnessError | None = None
    for label, plugin in plugins.list_name_plugin():
        others = [other for _, other in plugins.list_name_plugin() if other is not plugin]
        try:
            plugins.subset_hook_caller(hook, others)(**arguments)
        except HarnessError as error:
            if refused is None:
                refused = HarnessError(f"Plugin '{label}' in {hook}: {error}")
                refused.__cause__ = error
        except Exception as error:
            warnings.warn(
                f"Plugin '{label}' failed in {hook}: {described(error)}",
                PluginWarning,
                stacklevel=2,
            )
    if refused is not None:
        raise refused
