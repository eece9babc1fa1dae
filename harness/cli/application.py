"""The click group at the top: it adds the plugins' commands and turns errors into one sentence."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import click

from harness.cli.lazy_group import LazyGroup
from harness.cli.output import outliving_its_readers
from harness.errors import HarnessError, described
from harness.logs.lines import log_line
from harness.registry.commands import add_plugin_commands
from harness.untrusted.words import excerpt

# each is the command in the module of its name
BUILT_IN = {
    "run": "Fit methods on a challenge, score them, and record the runs.",
    "sweep": "Run methods with many options, as FILE.toml describes them, and rank the options.",
    "rerun": "Make a run again from its record, and say what differs.",
    "predict": "Infer what lies behind a SPECTRUM with the method of a RUN.",
    "retrieve": "Infer the atmosphere behind the measured spectrum in FILE.",
    "submit": "Write the predictions of RUN as a submission file.",
    "score": "Check a submission FILE, and score it on a challenge.",
    "simulate": "Simulate a challenge into TARGET, a directory or a file.",
    "explore": "Look at the training spectra of CHALLENGE without any method.",
    "explain": "Look at what the method of a RUN does with spectra, and where it fails.",
    "diagnose": "Look at whether the posteriors of a RUN hold what they promise.",
    "spectrum": "Draw the spectrum of an atmosphere, and what each gas adds.",
    "data": "Look at the data of a challenge.",
    "opacities": "Look at the opacity files of the forward model, or learn some.",
    "plugins": "List what is installed; show, test or write one.",
    "doctor": "Say what this installation consists of, and whether it works.",
    "runs": "List the runs of a home, and clear away what none of them needs.",
}

BAD_INPUT = 2


class Application(LazyGroup):
    """`harness`: built-in commands beside those of plugins; no traceback unless `--debug` is given."""

    _completed = False  # whether the commands are all there

    def list_commands(self, ctx: click.Context) -> list[str]:
        self.complete()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self.complete()
        return super().get_command(ctx, cmd_name)

    def complete(self) -> None:
        """Register the built-in commands, then those of every plugin."""
        if self._completed:
            return
        self._completed = True
        for name, summary in BUILT_IN.items():
            self.register(name, f"harness.cli.commands.{name}:command", summary=summary)
        add_plugin_commands(self, self.add_registration)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        debug = "--debug" in given
        warnings.showwarning = _one_line
        extra["standalone_mode"] = False
        with outliving_its_readers():
            try:
                result = super().main(
                    ["--debug"] * debug + [word for word in given if word != "--debug"], *rest, **extra
                )
            except BaseException as error:
                if debug:
                    raise
                sys.exit(_report(error))
        sys.exit(result if isinstance(result, int) else 0)


def _one_line(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    log_line(f"Warning: {message}", level="warning")


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
        interrupt = error.__cause__ if isinstance(error, click.Abort) else error  # click makes one of it
        _say(str(interrupt) if interrupt is not None and str(interrupt) else "Interrupted.")
    elif isinstance(error, (HarnessError, click.ClickException)):
        _say(f"Error: {error.message if isinstance(error, click.ClickException) else error}")
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        where = f" while writing {error.filename}" if error.filename else ""
        _say(
            f"Error: the disk is full{where}; nothing half-written was kept. "
            "Free some space or choose another place."
        )
    elif isinstance(error, PermissionError):
        _say(
            f"Error: {error.filename} cannot be used: permission is denied; "
            "change its permissions, or choose another place."
        )
    elif isinstance(error, OSError) and error.filename and error.strerror:
        _say(
            f"Error: {excerpt(os.fsdecode(error.filename), 200)} cannot be used ({error.strerror}); "
            "choose another place."
        )
    elif isinstance(error, MemoryError):
        _say("Error: the memory of this machine is not enough for this; give it less at once.")
    else:
        from harness.runs.culprit import put_down

        reason = put_down(described(error), error, None)
        _say(f"Error: {reason} (this is a bug or a broken plugin; --debug shows where)")
        return 1
    return BAD_INPUT


def _say(text: str) -> None:
    """Print one line, whatever a stranger's file put into it."""
    log_line(text, level="error")
