"""The reference of the command line: every command that is installed, from click itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
from tables import cell, options

from harness.cli import main


def command_page() -> str:
    """A page with a section for each command, those of plugins among them."""
    sections = [
        _section(command, context)
        for command, context in _commands(main, click.Context(main, info_name="harness"))
    ]
    return "# Commands\n\n" + "\n\n".join(sections) + "\n"


def _commands(
    command: click.Command, context: click.Context
) -> Iterator[tuple[click.Command, click.Context]]:
    """A command and all below it, as they are listed."""
    if command.hidden:
        return
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _commands(below, click.Context(below, info_name=name, parent=context))


def _section(command: click.Command, context: click.Context) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    parts = [f"## {context.command_path}", f"```text\n{usage}\n```", _help(command)]
    rows = [_row(one, context) for one in command.get_params(context) if isinstance(one, click.Option)]
    parts.append(options(("option", "value", "meaning"), [row for row in rows if row is not None]))
    if command.epilog:
        parts.append(_paragraph(command.epilog))
    return "\n\n".join(filter(None, parts))


def _help(command: click.Command) -> str:
    """The help of a command as Markdown: what click must not wrap is shown as it is."""
    paragraphs = inspect.cleandoc(command.help or "").split("\f")[0].split("\n\n")
    return "\n\n".join(map(_paragraph, paragraphs))


def _paragraph(text: str) -> str:
    return "```text\n" + text.partition("\n")[2].rstrip() + "\n```" if text.startswith("\b") else cell(text)


def _row(option: click.Option, context: click.Context) -> tuple[str, str, str] | None:
    record = option.get_help_record(context)
    if record is None:  # hidden
        return None
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else option.make_metavar(context)
    return names, cell(value).replace("&#124;", " &#124; "), cell(record[1])
