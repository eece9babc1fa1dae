"""Every hook that a plugin may implement: one sentence each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pluggy

if TYPE_CHECKING:
    import click
    from pandas import DataFrame

    from harness.components.forward_model import ForwardModel
    from harness.components.run import Run
    from harness.data.record import RunRecord
    from harness.data.schema import Schema


class Register(Protocol):
    """Registers a component or a command by its name and import target, "module:Class"."""

    def __call__(self, name: str, target: str, *, summary: str = "") -> None: ...


PROJECT = "harness"  # the pluggy project name and the entry-point group

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_challenges(register: Register) -> None:
    """Register challenges: `register(name, "module:Class", summary=...)`."""


@hookspec
def register_preprocessors(register: Register) -> None:
    """Register preprocessors: `register(name, "module:Class", summary=...)`."""


@hookspec
def register_embedders(register: Register) -> None:
    """Register embedders: `register(name, "module:Class", summary=...)`."""


@hookspec
def register_estimators(register: Register) -> None:
    """Register estimators: `register(name, "module:Class", summary=...)`."""


@hookspec
def register_scorers(register: Register) -> None:
    """Register scorers: `register(name, "module:Class", summary=...)`."""


@hookspec
def register_commands(cli: click.Group, register: Register) -> None:
    """Register commands: `register(name, "module:command", summary=...)`, or add click commands to `cli`."""


@hookspec(firstresult=True)
def leaderboard_table(home: Path, challenge: str | None, sort: str | None) -> DataFrame | None:
    """The leaderboard of `home` as a pandas DataFrame, one row for each entry; see `harness.leaderboard`."""


@hookspec(firstresult=True)
def open_emulator(path: Path, forward: ForwardModel, schema: Schema) -> ForwardModel | None:
    """The emulator of `forward` in a file that this plugin wrote; None where the file is not of its kind."""


@hookspec
def run_started(run: Run) -> None:
    """A run passed its checks and is about to fit."""


@hookspec
def epoch_finished(run: Run, metrics: Mapping[str, float]) -> None:
    """An estimator finished one epoch (or tree batch, or round) and reports its metrics."""


@hookspec
def run_finished(record: RunRecord, home: Path) -> None:
    """A run finished and its folder lies complete under `home`; called again where `--resume` serves it."""


@hookspec
def run_failed(record: RunRecord, error: BaseException, home: Path) -> None:
    """A run failed or was interrupted; `record` says why and is already on disk under `home`."""


@hookspec
def runs_reported(records: Sequence[RunRecord], home: Path) -> None:
    """`harness run` has shown its last score to a person; a plugin may print what goes below."""
