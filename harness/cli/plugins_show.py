"""`harness plugins show`: a component in words and options."""

from __future__ import annotations

import inspect
from typing import Any, get_origin

import click
from rich import box
from rich.console import Console
from rich.table import Table

from harness.cli.options import json_option, kind_option, print_json
from harness.registry.plugins import Registration, registry


@click.command("show")
@click.argument("name")
@kind_option
@json_option
def command(name: str, kind: str | None, as_json: bool) -> None:
    """Show a component: its options with type, default and help, and the paper it comes from."""
    described = [(one, _describe(one)) for one in registry().named(name, kind)]
    if as_json:
        documents = [document for _, document in described]
        print_json(documents if len(documents) > 1 else documents[0])
        return
    for one, document in described:
        _print_description(one, document)


def _print_description(one: Registration, document: dict[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(f"[bold]{one.name}[/bold]  {one.kind} of {one.distribution} {one.version}")
    console.print(f"{document['summary']}\n\n{document['description']}".rstrip(), markup=False)
    if document["source"]:
        console.print(f"\nSource: {document['source']}", markup=False)
    options = document["options"]
    if not options:
        console.print("\nIt has no options.\n")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("option", "type", "default", "help"):
        table.add_column(column, no_wrap=column == "option", overflow="fold")
    for option in options:
        row = (option["type"], str(option["default"]), option["help"])
        table.add_row(f"[bold]{option['name']}[/bold]", *row)
    console.print(table)
    console.print(f"Set one with --set {one.kind}.{options[0]['name']}=VALUE.\n")


def _describe(one: Registration) -> dict[str, Any]:
    """A component in words and options."""
    component = one.load()
    return {
        "kind": one.kind,
        "name": one.name,
        "distribution": one.distribution,
        "version": one.version,
        "summary": one.summary,
        "description": inspect.cleandoc(component.__doc__ or ""),
        "source": component.source,
        "options": [_option(option, field) for option, field in component.Options.model_fields.items()],
    }


def _option(name: str, field: Any) -> dict[str, Any]:
    annotation = field.annotation
    plain = isinstance(annotation, type) and get_origin(annotation) is None
    kind = annotation.__name__ if plain else str(annotation).replace("typing.", "")
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    limits = [
        f"{sign} {getattr(constraint, key):g}"
        for constraint in field.metadata
        for key, sign in signs.items()
        if getattr(constraint, key, None) is not None
    ]
    return {
        "name": name,
        "type": ", ".join([kind, *limits]),
        "default": field.get_default(call_default_factory=True),
        "help": field.description or "",
    }
