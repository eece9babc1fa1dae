"""`harness plugins`: what is installed."""

from __future__ import annotations

import click
from rich.table import Table

from harness.cli.lazy_group import LazyGroup
from harness.cli.options import json_option, kind_option, print_json
from harness.cli.terminal import PlainConsole, styled
from harness.registry.installed import installed
from harness.untrusted.words import printable


@click.group("plugins", cls=LazyGroup, invoke_without_command=True)
@kind_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, kind: str | None, as_json: bool) -> None:
    """List what is installed; show, test or write one."""
    if ctx.invoked_subcommand is not None:
        return
    found = installed(kind)
    if as_json:
        columns = ("kind", "name", "distribution", "version", "summary")
        print_json([{column: getattr(one, column) for column in columns} for one in found])
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column("name", no_wrap=True)
    table.add_column("summary", overflow="fold")
    table.add_column("distribution", no_wrap=True)
    previous = ""
    for one in found:
        if one.kind != previous:
            table.add_row(styled((one.kind, "dim")))
            previous = one.kind
        table.add_row(
            styled((f"  {one.name}", "bold")), printable(one.summary), f"{one.distribution} {one.version}"
        )
    PlainConsole().print(table)


command.register(
    "show",
    "harness.cli.commands.plugins_show:command",
    summary="Show a component's options and defaults, or a plugin's hooks.",
)
command.register(
    "test",
    "harness.cli.commands.plugins_test:command",
    summary="Check that a component, or a plugin's hooks, keep the contract.",
)
command.register(
    "new",
    "harness.cli.commands.plugins_new:command",
    summary="Write a small, complete plugin package called NAME.",
)
