"""A minimal, complete plugin package to start from."""

from __future__ import annotations

import importlib.util
import keyword
import re
import shutil
from importlib import resources
from pathlib import Path
from string import Template

from harness.errors import HarnessError
from harness.files.storage import temporary_name
from harness.registry.plugins import registry

# template -> where it goes in the new package
FILES = {
    "pyproject.toml.tmpl": "pyproject.toml",
    "README.md.tmpl": "README.md",
    "init.py.tmpl": "src/$module/__init__.py",
    "py.typed.tmpl": "src/$module/py.typed",
    "plugin.py.tmpl": "src/$module/plugin.py",
    "estimator.py.tmpl": "src/$module/estimator.py",
    "test_contract.py.tmpl": "tests/test_contract.py",
}


def write_estimator_package(name: str, parent: Path) -> Path:
    """Write a package for an estimator called `name` into a new folder of that name.

    Returns:
        the folder.

    Raises:
        HarnessError: the name is not usable or taken, or the folder exists already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise HarnessError(
            f"'{name}' cannot name a plugin: use lower-case letters, digits and single hyphens, "
            "beginning with a letter, for example my-method."
        )
    if name in registry().names("estimator"):
        taken = registry().get("estimator", name).distribution
        raise HarnessError(f"The estimator name '{name}' is taken by {taken}; choose another.")
    module = name.replace("-", "_")
    if keyword.iskeyword(module):
        raise HarnessError(f"'{name}' cannot name a Python package; choose another name, like my-{name}.")
    if importlib.util.find_spec(module) is not None:
        raise HarnessError(f"'{name}' would hide the package '{module}'; choose another name.")
    folder = parent / name
    if folder.exists():
        raise HarnessError(f"{folder} exists already; choose another name or another --directory.")
    values = {
        "name": name,
        "module": module,
        "class_name": "".join(part.capitalize() for part in name.split("-")),
    }
    templates = resources.files("harness.registry.templates") / "estimator"
    partial = temporary_name(folder)
    try:
        for template, place in FILES.items():
            path = partial / Template(place).substitute(values)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = (templates / template).read_text(encoding="utf-8")
            path.write_text(Template(text).substitute(values), encoding="utf-8")
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder
