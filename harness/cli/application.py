"""The click group at the top: it adds the plugins' commands and turns errors into one sentence."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import click

from harness.errors import HarnessError
from harness.untrusted.words import excerpt, printable

BUILT_IN = ("run", "predict", "submit", "score", "simulate", "spectrum", "data", "opacities", "plugins")

BAD_INPUT = 2


class Application(click.Group):
    """`harness`: built-in commands beside those of plugins; no traceback unless `--debug` is given."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._complete()
        return sorted(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self._complete()
        return self.commands.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from harness.errors import nearest_match

        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            known = self.list_commands(ctx)
            raise click.UsageError(
                f"There is no command '{args[0]}'{nearest_match(args[0], known)}; "
                f"there is: {', '.join(known)}.",
                ctx,
            )
        return super().resolve_command(ctx, args)

    def _complete(self) -> None:
        if self.commands:
            return
        from harness.errors import PluginWarning
        from harness.registry.lifecycle import announce

        for name in BUILT_IN:
            self.add_command(importlib.import_module(f"harness.cli.{name}").command, name)
        try:
            announce("register_commands", cli=self)
        except HarnessError as refused:
            warnings.warn(str(refused), PluginWarning, stacklevel=2)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command, of a name that no other has.

        Raises:
            HarnessError: the name is taken.
        """
        name = name or cmd.name or ""
        if name in self.commands and self.commands[name] is not cmd:
            raise HarnessError(
                f"The command '{name}' of {_package_of(cmd)} is left out: {_package_of(self.commands[name])} "
                "has one of that name."
            )
        super().add_command(cmd, name)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        debug = "--debug" in given
        warnings.showwarning = _one_line
        if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal of few characters shows ? for the others
            sys.stdout.reconfigure(errors="replace")
        extra["standalone_mode"] = False
        try:
            result = super().main(
                ["--debug"] * debug + [word for word in given if word != "--debug"], *rest, **extra
            )
        except BaseException as error:
            if debug:
                raise
            sys.exit(_report(error))
        sys.exit(result if isinstance(result, int) else 0)


def _package_of(command: click.Command) -> str:
    return "a plugin" if command.callback is None else command.callback.__module__.partition(".")[0]


def _one_line(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    _say(f"Warning: {message}")


def _report(error: BaseException) -> int:
    """Print one sentence for an error and return the exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else BAD_INPUT
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
    elif isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "harness"
        sentence = error.format_message().rstrip(".")
        _say(f"Error: {sentence}; '{command} --help' says more.")
    elif isinstance(error, (click.Abort, KeyboardInterrupt)):
        _say("Interrupted.")
    elif isinstance(error, (HarnessError, click.ClickException)):
        _say(f"Error: {error.message if isinstance(error, click.ClickException) else error}")
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        where = f" while writing {error.filename}" if error.filename else ""
        _say(
            f"Error: the disk is full{where}; nothing half-written was kept. "
            "Free some space or choose another --home."
        )
    elif isinstance(error, PermissionError):
        _say(
            f"Error: {error.filename} cannot be used: permission is denied; "
            "change its permissions, or choose another place."
        )
    elif isinstance(error, BrokenPipeError):
        sys.stderr.close()  # the reader (head, less) went away: nothing more to say
        return 0
    elif isinstance(error, OSError) and error.filename and error.strerror:
        _say(
            f"Error: {excerpt(os.fsdecode(error.filename), 200)} cannot be used ({error.strerror}); "
            "choose another place."
        )
    elif isinstance(error, MemoryError):
        _say("Error: the memory of this machine is not enough for this; give it less at once.")
    else:
        _say(
            f"Error: {type(error).__name__}: {error} (this is a bug or a broken plugin; --debug shows where)"
        )
        return 1
    return BAD_INPUT


def _say(text: str) -> None:
    """Print one line, whatever a stranger's file put into it."""
    print(printable(text), file=sys.stderr)
