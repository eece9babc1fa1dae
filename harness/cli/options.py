"""Options that several commands share."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.cli.figure_files import OUTPUT_KINDS
from harness.cli.results import others_to_standard_error, results_to_standard_output
from harness.errors import HarnessError
from harness.registry.installed import ALL_KINDS

Command = TypeVar("Command", bound=Callable[..., Any])


class NumberRange(click.FloatRange):
    """A number in a range, in which NaN does not lie, as click has it for want of a comparison."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return number


class NamedPath(click.Path):
    """A place that is not empty, as a shell makes it of an unset variable: that would be this folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty; give the path of a file or folder.", param, ctx)
        return super().convert(value, param, ctx)


def home_option(command: Command) -> Command:
    """`--home DIR`: where runs, checkpoints and the leaderboard lie."""
    return click.option(
        "--home",
        type=NamedPath(file_okay=False),
        metavar="DIR",
        help="Where runs lie (default: HARNESS_HOME, else the user data folder).",
    )(command)


def outputs_option(default: str) -> Callable[[Command], Command]:
    """`-o FILE`, a picture or a page, or twice; `default` says what is written if it is not given."""
    return click.option(
        "--output",
        "-o",
        "outputs",
        type=NamedPath(dir_okay=False, path_type=Path),
        multiple=True,
        metavar="FILE",
        help=f"What to write, {OUTPUT_KINDS}; may be given twice.  [default: {default}]",
    )


def json_option(command: Command) -> Command:
    """`--json`: print JSON on standard output instead of a table, and everything else on standard error."""
    return click.option(
        "--json", "as_json", is_flag=True, callback=_json_alone, help="Print JSON instead of a table."
    )(command)


def _json_alone(ctx: click.Context, _: click.Parameter, asked: bool) -> bool:
    if asked:
        ctx.with_resource(others_to_standard_error())
    return asked


def device_option(command: Command) -> Command:
    """`--device auto|cpu|cuda`."""
    return click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        default="auto",
        show_default=True,
        help="Where to compute.",
    )(command)


def cluster_option(what: str) -> Callable[[Command], Command]:
    """`--cluster PLACE`: where to do the work, in parts; `what` these are."""
    return click.option(
        "--cluster",
        metavar="PLACE",
        help=f"Make the {what} on Dask workers: local[:N], slurm:PROFILE[:N] or tcp://ADDRESS:PORT.",
    )


def scorer_option(command: Command) -> Command:
    """`--scorer S`, several times; none means the challenge's own."""
    return click.option(
        "--scorer",
        "-s",
        "scorers",
        multiple=True,
        metavar="S",
        help="Scorer; may be given several times.  [default: the challenge's]",
    )(command)


def settings_option(whose: str, example: str = "estimator.k=50") -> Callable[[Command], Command]:
    """`--set KEY=VALUE`, several times, for `harness.components.settings`; `whose` options are meant."""
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="KEY=VALUE",
        help=f"Option of {whose}, as kind.option=value or name.option=value, for example {example}.",
    )


SEED = click.IntRange(min=0, max=2**63 - 1)


def seed_option(whose: str) -> Callable[[Command], Command]:
    """`--seed N`, a whole number from 0 to 2**63 - 1; `whose` it is."""
    return click.option("--seed", type=SEED, default=0, show_default=True, help=whose)


def opacities_option(what_for: str) -> Callable[[Command], Command]:
    """`--opacities DIR`, the built-in ones by default."""
    return click.option(
        "--opacities", type=NamedPath(), default="built-in", show_default=True, metavar="DIR", help=what_for
    )


def new_directory_option(command: Command) -> Command:
    """`-o DIR`, the directory of opacities that a command writes; one that is there is refused."""
    return click.option(
        "--output",
        "-o",
        type=NamedPath(path_type=Path),
        required=True,
        metavar="DIR",
        callback=_not_there_yet,
        help="Where to write the opacities; a directory that is not there yet.",
    )(command)


def _not_there_yet(_: click.Context, __: click.Parameter, path: Path) -> Path:
    if path.exists():
        raise HarnessError(f"{path} exists already; choose another place or remove it.")
    return path


def require_parent(path: Path) -> None:
    """Refuse to write where there is no folder to write into.

    Raises:
        HarnessError: so it is.
    """
    if not path.absolute().parent.is_dir():
        raise HarnessError(f"The folder of {path} is not there; make it or choose another place.")


kind_option = click.option("--kind", type=click.Choice(ALL_KINDS), help="Only what is of this kind.")


def print_json(value: Any) -> None:
    """Print JSON to standard output; numbers that JSON does not have (nan, inf) become null."""
    with results_to_standard_output():
        click.echo(json.dumps(_finite(value), indent=2))


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
