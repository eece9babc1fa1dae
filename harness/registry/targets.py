"""Import targets: what a plugin registers by name is imported from "module:attribute" when it is used."""

from __future__ import annotations

import importlib
import re
from typing import Any

from harness.errors import HarnessError, described

# a name stands before ":" and ".", and in the names of folders
NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"


class NotImportable(HarnessError):
    """Something is registered under a name, and is not there or cannot be imported."""


def check_registration(kind: str, name: object, target: object) -> None:
    """Refuse a name or a target that cannot be one.

    Raises:
        HarnessError: says what the name or the target should be.
    """
    if not (isinstance(name, str) and re.fullmatch(NAME, name)):
        raise HarnessError(
            f"{kind} {name!r} is no usable name: use letters, digits, - and _, with a letter or digit first."
        )
    if not (isinstance(target, str) and target.count(":") == 1):
        raise HarnessError(
            f"{kind} '{name}' is registered with the target {target!r}; expected \"module:attribute\"."
        )


def load_target(called: str, target: str) -> Any:
    """Import what a target names; `called` is what a message calls it.

    Raises:
        NotImportable: the module or the attribute is missing, or the import fails.
    """
    module, _, attribute = target.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise NotImportable(f"{called} could not be imported from '{target}': {described(error)}") from error
