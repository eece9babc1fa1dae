"""`harness opacities fit`: learn cross-sections from the training spectra of a challenge."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from rich import box
from rich.table import Table

from harness.challenges import load
from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.cli.figure_files import write_picture
from harness.cli.options import print_json, require_parent
from harness.cli.terminal import PlainConsole
from harness.cli.termination import goes_on, stop_as_by_control_c
from harness.cli.whole_table import print_whole
from harness.components.device import resolve_device
from harness.components.forward_check import INSTEAD, uncheckable
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.errors import HarnessError
from harness.files.lock import working_alone
from harness.fitted_opacities.changes import Change
from harness.fitted_opacities.directory import CHANGES
from harness.fitted_opacities.learning import Instead, about, gained, learned_into
from harness.fitted_opacities.recipe import name_of
from harness.fitted_opacities.result import FitResult
from harness.fitted_opacities.settings import FitSettings
from harness.untrusted.words import printable

PICTURE = "residuals.png"


def carry_out(
    challenge: str,
    output: Path,
    steps: int,
    seed: int,
    resume: bool,
    settings: Sequence[str],
    device: str,
    as_json: bool,
) -> None:
    """Learn cross-sections from the training spectra of CHALLENGE."""
    stop_as_by_control_c()
    require_parent(output)
    parsed = parse_settings(settings)
    refuse_unused(parsed, ["challenge", challenge.partition(":")[0]])
    options = options_for(parsed, "challenge", challenge.partition(":")[0])
    loaded = load(challenge, options)
    forward = loaded.forward_model()
    reason = uncheckable(forward, loaded.train, loaded.schema)
    if reason is not None:
        raise HarnessError(f"Opacities cannot be learned from '{challenge}': {reason}; {INSTEAD}.")
    if not isinstance(forward, ArielForwardModel):
        raise HarnessError(
            f"Opacities cannot be learned from '{challenge}': its forward model is not the transmission "
            "model, which has them."
        )
    base = forward.begun_with()
    fit = FitSettings(steps=steps, seed=seed)
    name = name_of(loaded.train, loaded.valid, loaded.schema, base.identity, fit)
    work = output.with_name(f".{output.name}.fit")
    with working_alone(work, f"fit of {output}"):
        if not resume and work.is_dir():
            click.echo(
                printable(f"Begun anew, without --resume; the interrupted fit in {work} is removed."),
                err=True,
            )
            shutil.rmtree(work, ignore_errors=True)
        with goes_on("the same command with --resume"):
            result, changes = learned_into(
                output,
                (loaded.train, loaded.valid, loaded.schema),
                base.directory,
                base.collisions,
                name,
                fit,
                resolve_device(device),
                work,
                "opacities fit",
                Instead("mend that and run the same command with --resume, or choose another place with -o"),
            )
    _draw(result, np.asarray(loaded.schema.wavelength), loaded.spec, output / PICTURE)
    if as_json:
        pairs = [pair.pair for pair in result.pairs]
        print_json(
            {
                "challenge": loaded.spec,
                "directory": str(output),
                "name": name,
                "pairs": pairs,
                **about(result),
            }
        )
    else:
        _print(result, changes, output)


def _draw(result: FitResult, wavelength: np.ndarray, spec: str, path: Path) -> None:
    from harness.figures.opacity_fit_png import opacity_fit_figure

    figure = opacity_fit_figure(result.before, result.after, wavelength, printable(spec))
    write_picture(figure, path)


def _print(result: FitResult, changes: list[Change], output: Path) -> None:
    console = PlainConsole()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("gas", no_wrap=True)
    for column in ("changed by [dex]\n(rms of channels)", "most\n[dex]", "at\n[um]"):
        table.add_column(column, justify="right")
    for gas in dict.fromkeys(change.gas for change in changes):
        own = [change for change in changes if change.gas == gas]
        most = max(own, key=lambda change: abs(change.at_1000_K))
        rms = float(np.sqrt(np.mean([change.at_1000_K**2 for change in own])))
        table.add_row(gas, f"{rms:.2f}", f"{most.at_1000_K:+.2f}", f"{most.wavelength_um:g}")
    print_whole(console, table)
    console.print(
        "At 1,000 K and 1,000 Pa; where a gas shows in no spectrum, it was not changed.", highlight=False
    )
    console.print(printable(gained(result)), highlight=False, markup=False, soft_wrap=True)
    console.print(
        printable(
            f"{output}: use it with --set challenge.opacities={output}; {CHANGES} and {PICTURE} lie in it."
        ),
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
