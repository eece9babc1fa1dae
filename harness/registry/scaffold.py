"""A small, complete plugin package of each kind to start from."""

from __future__ import annotations

import importlib.util
import keyword
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from harness.errors import HarnessError
from harness.files.storage import temporary_name
from harness.registry.installed import HOOKS, installed

TEMPLATES = resources.files("harness.registry.templates")

# template of any package -> where it goes in the new one
PACKAGE = {
    "pyproject.toml.tmpl": "pyproject.toml",
    "README.md.tmpl": "README.md",
    "init.py.tmpl": "src/$module/__init__.py",
    "py.typed.tmpl": "src/$module/py.typed",
    "plugin.py.tmpl": "src/$module/plugin.py",
    "test_contract.py.tmpl": "tests/test_$module.py",
}


@dataclass(frozen=True)
class Example:
    """What a package of one kind holds as it is written.

    Attributes:
        what: it is, with its article.
        summary: of the component in it.
        uses: commands that show it at work.
    """

    what: str
    summary: str
    uses: tuple[str, ...]


KINDS = {
    "estimator": Example(
        "an estimator",
        "linear regression with Gaussian scatter",
        ("harness run --estimator $name --estimator prior",),
    ),
    "preprocessor": Example(
        "a preprocessor",
        "each column standardized, and cut off far out",
        ("harness run --estimator random-forest --preprocessor $name",),
    ),
    "embedder": Example(
        "an embedder",
        "convolutions along the channels, joined with the planet's facts",
        ("harness run --estimator npe-kl --embedder $name",),
    ),
    "scorer": Example(
        "a scorer",
        "distance of the posterior mean from the truth",
        ("harness run --estimator nearest --estimator prior --scorer $name",),
    ),
    "challenge": Example(
        "a challenge",
        "one absorption band on a flat spectrum",
        (
            "harness data describe $name",
            "harness run --challenge $name --estimator nearest --estimator prior",
        ),
    ),
    HOOKS: Example(
        "hooks that follow a run",
        "",
        ("harness run --estimator npe-kl --time-budget 60",),
    ),
}


def write_package(kind: str, name: str, parent: Path) -> Path:
    """Write a package called `name` for a component, or for hooks, into a new folder of that name.

    Arguments:
        kind: one of `KINDS`.

    Returns:
        the folder.

    Raises:
        HarnessError: the name is not usable or taken, or the folder exists already.
    """
    module = _checked(kind, name)
    folder = parent / name
    if folder.exists():
        raise HarnessError(f"{folder} exists already; choose another name or another --directory.")
    values = _values(kind, name, module)
    partial = temporary_name(folder)
    try:
        for text, place in _files(kind):
            path = partial / Template(place).substitute(values)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(text).substitute(values), encoding="utf-8")
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def next_steps(kind: str, name: str) -> list[str]:
    """The commands that check a new plugin and show it at work, once it is installed."""
    shown = [f"harness plugins test {name}", *KINDS[kind].uses]
    return [Template(command).substitute(name=name) for command in shown]


def _checked(kind: str, name: str) -> str:
    """The Python package that a plugin of this name is."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise HarnessError(
            f"'{name}' cannot name a plugin: use lower-case letters, digits and single hyphens, "
            "beginning with a letter, for example my-method."
        )
    taken = [one for one in installed(kind) if one.name == name]
    if taken:
        raise HarnessError(f"The {kind} name '{name}' is taken by {taken[0].distribution}; choose another.")
    module = name.replace("-", "_")
    if keyword.iskeyword(module):
        raise HarnessError(f"'{name}' cannot name a Python package; choose another name, like my-{name}.")
    if importlib.util.find_spec(module) is not None:
        raise HarnessError(f"'{name}' would hide the package '{module}'; choose another name.")
    return module


def _files(kind: str) -> Iterator[tuple[str, str]]:
    """The text of each template, and where it goes; a kind's own template stands in for that of any."""
    own = {path.name: path.read_text(encoding="utf-8") for path in (TEMPLATES / kind).iterdir()}
    for template, place in PACKAGE.items():
        shared = TEMPLATES / "package" / template
        yield own.pop(template, "") or shared.read_text(encoding="utf-8"), place
    for template, text in own.items():
        yield text, f"src/$module/{template.removesuffix('.tmpl')}"


def _values(kind: str, name: str, module: str) -> dict[str, str]:
    class_name = "".join(part.capitalize() for part in name.split("-"))
    while any(re.search(rf"\b{class_name}\b", text) for text, _ in _files(kind)):
        class_name += kind.capitalize()  # a name that the code uses for something else
    what, where = KINDS[kind].what, f"The {kind} is in `src/{module}/{kind}.py`; `plugin.py` registers it."
    if kind == HOOKS:
        where = f"The hooks are in `src/{module}/plugin.py`."
    return {
        "name": name,
        "module": module,
        "class_name": class_name,
        "kind": kind,
        "what": what,
        "What": what[:1].upper() + what[1:],
        "summary": KINDS[kind].summary,
        "steps": "\n".join(f"    {command}" for command in next_steps(kind, name)),
        "where": where,
    }
