"""What a person sees when a run has ended."""

from __future__ import annotations

import traceback

import click

from harness.cli.score_table import print_scores
from harness.cli.terminal import PlainConsole, console_for_tables, styled
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.runs.home import LOG, Home
from harness.runs.recording import failure
from harness.untrusted.words import printable


def show_record(record: RunRecord, home: Home, *, again: bool = False) -> None:
    """Print a finished run: what ran, its scores, its cost, and where it lies."""
    console = console_for_tables()
    planets = record.challenge.planets
    changed = ", ".join(f"{key}={value}" for key, value in record.estimator.changed.items())
    title = f" on {record.challenge.spec}" + (f" · {changed}" if changed else "")
    console.print(styled((record.estimator.name, "bold"), printable(title)))
    print_scores(console, record.scores)
    if record.challenge.doubt is not None:
        console.print(printable(f"Note: {record.challenge.doubt}."))
    seconds = record.seconds
    memory = (record.peak_memory.host or 0) / 2**30
    alarm = "" if seconds.alarm is None else f"alarm {seconds.alarm:.1f} s · "  # not in older records
    console.print(
        f"{planets.get('train', 0):,} training and {planets.get('test', 0):,} test planets · "
        f"seed {record.seed} · {record.device}\n"
        f"fit {seconds.fit:.1f} s · {alarm}sample {seconds.sample:.1f} s · "
        f"score {seconds.score:.1f} s · peak memory {memory:.1f} GiB"
    )
    note = "finished before; not run again: " if again else ""
    folder = home.path / record.artifacts
    console.print(f"{note}{folder}\n", soft_wrap=True)


def show_error(record: RunRecord, home: Home, error: BaseException, *, debug: bool = False) -> None:
    """Print in one sentence why a run ended early, below the traceback if asked for."""
    if debug:
        traceback.print_exception(error)
    console = PlainConsole(stderr=True)
    folder = home.path / record.artifacts
    if isinstance(error, KeyboardInterrupt):
        text = (
            f"Interrupted: run {record.run_id} of '{record.estimator.name}' is recorded as interrupted; "
            "the same command with --resume goes on from there."
        )
    else:
        text = f"Error: {failure(record)}; the log is {folder / LOG}."
    console.print(printable(text), soft_wrap=True)


def debug_asked() -> bool:
    """Whether `harness --debug` was asked for."""
    return bool(click.get_current_context().find_root().params.get("debug"))


def exit_code_of(error: BaseException | None) -> int:
    """Of a command whose run was ended by an error, or by none."""
    if error is None:
        return 0
    return 2 if isinstance(error, (HarnessError, KeyboardInterrupt)) else 1
