"""The reference of the public Python names, which mkdocstrings fills in from their docstrings."""

from __future__ import annotations

import importlib
import inspect

PACKAGES = {
    "harness": (
        "Python",
        "What plugins and notebooks may rely on. [From Python](../python.md) shows them at work.",
    ),
    "harness.metrics": (
        "Metrics",
        "Distances, scores and summaries of weighted samples, on CPU and CUDA alike. "
        "[The scores](../scores.md) and [distances](../distances.md) say which is which.",
    ),
    "harness.physics": (
        "Forward model",
        "Opacity files in, transit depths out. [The forward model](../physics.md) says what it computes.",
    ),
    "harness.training": (
        "Training",
        "What methods that train networks share. [Training](../training.md) shows a method made of them.",
    ),
}


def python_pages() -> dict[str, str]:
    """A page for each public package, by its path in the site."""
    return {f"reference/{package}.md": _page(package) for package in PACKAGES}


def _page(package: str) -> str:
    module = importlib.import_module(package)
    title, words = PACKAGES[package]
    names = [_entry(package, name, getattr(module, name)) for name in module.__all__]
    return "\n\n".join([f"# {title}: `{package}`", words, *names]) + "\n"


def _entry(package: str, name: str, thing: object) -> str:
    """The directive for one name, found where it is defined, headed as it is imported."""
    home = (
        getattr(thing, "__module__", package)
        if inspect.isclass(thing) or inspect.isroutine(thing)
        else package
    )
    return f"::: {home}.{name}\n    options:\n      heading: {package}.{name}"
