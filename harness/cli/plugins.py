"""`harness plugins`: what is installed."""

from __future__ import annotations

import click
from rich import box
from rich.console import Console
from rich.table import Table

from harness.cli.lazy_group import LazyGroup
from harness.cli.options import json_option, kind_option, print_json
from harness.registry.plugins import KINDS, registry


@click.group("plugins", cls=LazyGroup, invoke_without_command=True)
@kind_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, kind: str | None, as_json: bool) -> None:
    """List the installed components; show, test or write one."""
    if ctx.invoked_subcommand is not None:
        return
    found = [one for one in registry() if kind in (None, one.kind)]
    found.sort(key=lambda one: (KINDS.index(one.kind), one.name))
    if as_json:
        columns = ("kind", "name", "distribution", "version", "summary")
        print_json([{column: getattr(one, column) for column in columns} for one in found])
        return
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


command.register(
    "show",
    "harness.cli.plugins_show:command",
    summary="Show a component: its options with type, default and help, and the paper it comes from.",
)
command.register(
    "test",
    "harness.cli.plugins_test:command",
    summary="Check that a component keeps the contract that every plugin must keep.",
)
command.register(
    "new",
    "harness.cli.plugins_new:command",
    summary="Write a minimal, complete estimator package called NAME.",
)
