"""`harness plugins show`: a component in words and options."""

from __future__ import annotations

import inspect
from typing import Any

from rich import box
from rich.table import Table

from harness.cli.component_description import description
from harness.cli.options import print_json
from harness.cli.terminal import PlainConsole, styled
from harness.components import Challenge, Component, Embedder, Estimator, Scorer
from harness.registry import hookspecs
from harness.registry.installed import HookPlugin, installed_as
from harness.registry.plugins import Registration, registry


def carry_out(name: str, kind: str | None, as_json: bool) -> None:
    """Show a component's options and defaults, or a plugin's hooks."""
    described = [(one, description(one)) for one in installed_as(name, kind)]
    if as_json:
        documents = [document for _, document in described]
        print_json(documents if len(documents) > 1 else documents[0])
        return
    for one, document in described:
        if isinstance(one, HookPlugin):
            _print_hooks(one)
        else:
            _print_description(one, document)


def _print_description(one: Registration, document: dict[str, Any]) -> None:
    console = PlainConsole()
    console.print(styled((one.name, "bold"), f"  {one.kind} of {one.distribution} {one.version}"))
    console.print(f"{document['summary']}\n\n{_in_paragraphs(document['description'])}".rstrip())
    for sentence in _facts(one.load()):
        console.print(f"\n{sentence}")
    if document["source"]:
        console.print(f"\nSource: {document['source']}")
    options = document["options"]
    if not options:
        console.print("\nIt has no options.\n")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("option", "type", "default", "help"):
        table.add_column(column, no_wrap=column == "option", overflow="fold")
    for option in options:
        row = (option["type"], str(option["default"]), option["help"])
        table.add_row(styled((option["name"], "bold")), *row)
    console.print(table)
    console.print(f"Set one with --set {one.kind}.{options[0]['name']}=VALUE.\n")


def _print_hooks(one: HookPlugin) -> None:
    console = PlainConsole()
    of = f"  hooks of {one.distribution} {one.version}, in {one.module}"
    console.print(styled((one.name, "bold"), of))
    for hook in one.hooks:
        console.print(styled((hook, "bold"), f"  {inspect.getdoc(getattr(hookspecs, hook))}"))


def _in_paragraphs(docstring: str) -> str:
    """A docstring with each paragraph on a line of its own, to be wrapped anew; lists stay as they are."""
    paragraphs = docstring.split("\n\n")
    return "\n\n".join(
        text if "\n " in text or text.startswith(("-", " ")) else text.replace("\n", " ")
        for text in paragraphs
    )


def _facts(component: type[Component]) -> list[str]:
    """What a user should know of a component before any option."""
    if issubclass(component, Estimator):
        left_out = component.left_out_of_all
        return [_features_of(component)] + [f"`harness run --all` leaves it out: {left_out}"] * bool(left_out)
    if issubclass(component, Embedder):
        return ["It is trained with an estimator." if component.trainable else "It is not trained."]
    if issubclass(component, Scorer):
        better = f"{'Higher' if component.higher_is_better else 'Lower'} is better."
        needs = " and ".join(sorted(component.needs))
        return [better + f" The test planets must have {needs}." * bool(needs)]
    if issubclass(component, Challenge):
        where = "Its name is followed by a colon and a path. " * component.needs_location
        return [f"{where}Scored by default with {', '.join(component.scorers)}."]
    return []


def _features_of(estimator: type[Estimator]) -> str:
    if not estimator.uses_features:
        return "It works on the spectra themselves, without preprocessor and embedder."
    parts = (("preprocessor", estimator.default_preprocessor), ("embedder", estimator.default_embedder))
    lines = [
        f"Default {kind}: {name} ({registry().get(kind, name).summary})"
        for kind, name in parts
        if name in registry().names(kind)
    ]
    return "\n".join(lines)
