"""A group of commands that are imported when they are called, and listed without."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from harness.errors import HarnessError, nearest_match
from harness.registry.commands import CommandRegistration


class LazyGroup(click.Group):
    """A click group whose commands may be registered by name, import target and summary.

    A command's module is imported when the command is called or asked for its own help; the group's help
    and the completion of a shell take the summary that it was registered with.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._registrations: dict[str, CommandRegistration] = {}

    def register(self, name: str, target: str, *, summary: str) -> None:
        """Register the harness's own command of a name that no other has."""
        self.add_registration(CommandRegistration(name, target, summary))

    def add_registration(self, registration: CommandRegistration) -> None:
        """Register a command of a name that no other has.

        Raises:
            HarnessError: the name is taken.
        """
        self._refuse_taken(registration.name, registration.distribution)
        self._registrations[registration.name] = registration

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command of a name that no other has.

        Raises:
            HarnessError: the name is taken.
        """
        name = name or cmd.name or ""
        if self.commands.get(name) is not cmd:
            self._refuse_taken(name, _package_of(cmd))
        super().add_command(cmd, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self.commands, *self._registrations})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        registration = self._registrations.get(cmd_name)
        return self.commands.get(cmd_name) if registration is None else registration.load()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            raise click.UsageError(
                f"There is no command '{args[0]}'{nearest_match(args[0], known)}; "
                f"there is: {', '.join(known)}.",
                ctx,
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, summary) for name in self.list_commands(ctx) if (summary := self.summary(name))]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        items = [CompletionItem(name, help=summary) for name in names if (summary := self.summary(name))]
        return items + click.Command.shell_complete(self, ctx, incomplete)

    def summary(self, name: str) -> str:
        """What is said of a command in a list; nothing where it is hidden."""
        registration = self._registrations.get(name)
        if registration is not None:
            return registration.summary or "-"
        command = self.commands[name]
        return "" if command.hidden else command.get_short_help_str(limit=200) or "-"

    def _refuse_taken(self, name: str, newcomer: str) -> None:
        registration, command = self._registrations.get(name), self.commands.get(name)
        holder = registration.distribution if registration is not None else None
        if command is not None:
            holder = _package_of(command)
        if holder is not None:
            raise HarnessError(
                f"The command '{name}' of {newcomer} is left out: {holder} has one of that name."
            )


def _package_of(command: click.Command) -> str:
    return "a plugin" if command.callback is None else command.callback.__module__.partition(".")[0]
