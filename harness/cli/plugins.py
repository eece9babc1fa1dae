"""`harness plugins`: what is installed, what it can be told, whether it keeps the contract, and a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import json_option, print_json
from harness.registry.plugins import KINDS

if TYPE_CHECKING:
    from harness.registry.plugins import Registration

kind_option = click.option("--kind", type=click.Choice(KINDS), help="Only components of this kind.")


@click.group("plugins", invoke_without_command=True)
@kind_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, kind: str | None, as_json: bool) -> None:
    """List the installed components; show, test or write one."""
    if ctx.invoked_subcommand is not None:
        return
    from harness.registry.plugins import registry

    found = [one for one in registry() if kind in (None, one.kind)]
    found.sort(key=lambda one: (KINDS.index(one.kind), one.name))
    if as_json:
        columns = ("kind", "name", "distribution", "version", "summary")
        print_json([{column: getattr(one, column) for column in columns} for one in found])
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in ("kind", "name", "distribution", "version"):
        table.add_column(column, no_wrap=True)
    table.add_column("summary", overflow="fold")
    previous = ""
    for one in found:
        shown = one.kind if one.kind != previous else ""
        table.add_row(shown, f"[bold]{one.name}[/bold]", one.distribution, one.version, one.summary)
        previous = one.kind
    Console().print(table)


@command.command("show")
@click.argument("name")
@kind_option
@json_option
def show(name: str, kind: str | None, as_json: bool) -> None:
    """Show a component: its options with type, default and help, and the paper it comes from."""
    described = [(one, _describe(one)) for one in _named(name, kind)]
    if as_json:
        documents = [document for _, document in described]
        print_json(documents if len(documents) > 1 else documents[0])
        return
    for one, document in described:
        _print_description(one, document)


def _print_description(one: Registration, document: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

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


@command.command("test")
@click.argument("name")
@kind_option
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Option of the component, as option=value."
)
@click.option("--location", metavar="PATH", help="Where the data of a challenge lie.")
@json_option
def test(name: str, kind: str | None, settings: tuple[str, ...], location: str | None, as_json: bool) -> int:
    """Check that a component keeps the contract that every plugin must keep."""
    from harness.components.settings import parse_settings
    from harness.contract import ContractViolation, contract

    options = parse_settings([f"component.{setting}" for setting in settings]).get("component", {})
    results: list[dict[str, Any]] = []
    for one in _named(name, kind):
        if not as_json:
            click.echo(f"{one.kind} {one.name} ({one.distribution} {one.version})")
        for check in contract(one.kind, one.name, options, location):
            problem = None
            try:
                check()
            except ContractViolation as violation:
                problem = str(violation)
            except Exception as error:
                if click.get_current_context().find_root().params.get("debug"):
                    raise
                problem = f"{type(error).__name__}: {error}"
            results.append({"kind": one.kind, "name": one.name, "check": str(check), "problem": problem})
            if not as_json:
                mark = click.style("ok    ", "green") if problem is None else click.style("FAILED", "red")
                click.echo(f"  {mark}  {check.statement}" + (f"\n          {problem}" if problem else ""))
    failed = sum(result["problem"] is not None for result in results)
    if as_json:
        print_json(results)
    else:
        click.echo(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


@command.command("new")
@click.argument("name")
@click.option(
    "--directory", type=click.Path(file_okay=False, exists=True), default=".", help="Where to write it."
)
def new(name: str, directory: str) -> None:
    """Write a minimal, complete estimator package called NAME."""
    import shlex
    from pathlib import Path

    from harness.registry.scaffold import write_estimator_package

    folder = write_estimator_package(name, Path(directory))
    click.echo(
        f"Wrote {folder}. Next:\n"
        f"  pip install -e {shlex.quote(str(folder))}\n"
        f"  harness plugins test {name}\n"
        f"  harness run --estimator {name} --estimator prior"
    )


def _named(name: str, kind: str | None) -> list[Registration]:
    """Every registration of a name, of one kind if given."""
    from harness.errors import HarnessError, nearest_match
    from harness.registry.plugins import registry

    if kind is not None:
        return [registry().get(kind, name)]
    found = [one for one in registry() if one.name == name]
    if not found:
        names = sorted({one.name for one in registry()})
        raise HarnessError(
            f"There is no component named '{name}'{nearest_match(name, names)}; 'harness plugins' lists them."
        )
    return found


def _describe(one: Registration) -> dict[str, Any]:
    """A component in words and options."""
    import inspect

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
    from typing import get_origin

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
