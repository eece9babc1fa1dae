"""`harness emulator train`: a neural surrogate of a challenge's forward model."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from harness.challenges import load
from harness.cli.options import device_option, json_option, print_json, seed_option, settings_option
from harness.cli.termination import stop_as_by_control_c
from harness.components.device import resolve_device
from harness.components.progress import shown_progress
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.errors import HarnessError
from harness_emulator.file import read_emulator, write_emulator
from harness_emulator.making import Settings, emulator_of, held_out_atmospheres, required_forward_model
from harness_emulator.networks import HIMES, Architecture
from harness_emulator.report import print_report, report
from harness_emulator.speed import speed

SETTINGS = "settings.json"  # in the work folder, of the training whose blocks and checkpoints lie there


@click.command("train")
@click.argument("challenge")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="Where to write the emulator; a file that is not there yet.",
)
@click.option(
    "--network",
    type=click.Choice(["residual", "convolutional"]),
    default="residual",
    show_default=True,
    help="A small residual network, or that of Himes et al. 2022.",
)
@click.option("--width", type=click.IntRange(1, 2**14), help="Of hidden layers.  [default: 256; 4096]")
@click.option("--depth", type=click.IntRange(1, 64), help="Residual blocks, or dense layers.  [default: 3]")
@click.option(
    "--atmospheres",
    type=click.IntRange(min=64),
    default=Settings().atmospheres,
    show_default=True,
    help="To learn from, computed by the quick model.",
)
@click.option(
    "--finishing",
    type=click.IntRange(min=0),
    default=Settings().finishing,
    show_default=True,
    help="Of them, computed by the model itself as well, to end with.",
)
@click.option(
    "--held-out",
    type=click.IntRange(min=16),
    default=Settings().held_out,
    show_default=True,
    help="Atmospheres to look at its errors with.",
)
@click.option("--epochs", type=click.IntRange(min=1), default=Settings().epochs, show_default=True)
@click.option(
    "--finishing-epochs",
    type=click.IntRange(min=1),
    default=Settings().finishing_epochs,
    show_default=True,
    help="Over those that end the training.",
)
@click.option("--batch", type=click.IntRange(min=1), default=Settings().batch, show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(0, 1, min_open=True),
    default=Settings().rate,
    show_default=True,
    help="Learning rate.",
)
@seed_option("Of atmospheres, first weights and order.")
@click.option("--resume", is_flag=True, help="Go on with a training of FILE that was interrupted.")
@settings_option("the challenge", "challenge.opacities=DIR")
@device_option
@json_option
def train(
    challenge: str,
    output: Path,
    network: str,
    width: int | None,
    depth: int | None,
    resume: bool,
    settings: Sequence[str],
    device: str,
    as_json: bool,
    **chosen: float,
) -> None:
    """Train an emulator of the forward model of CHALLENGE.

    \b
    CHALLENGE is NAME or NAME:PATH.

    Atmospheres are drawn under the prior of the challenge's retrievals; a network learns the spectra that the
    forward model makes of them. Its errors are looked at on atmospheres that it has not seen, and its speed
    beside the model's. Methods take FILE with --set estimator.emulator=FILE.
    """
    stop_as_by_control_c()
    if output.exists():
        raise HarnessError(f"{output} exists already; choose another place or remove it.")
    if not output.absolute().parent.is_dir():
        raise HarnessError(f"The folder of {output} is not there; make it or choose another place.")
    whole = Settings.model_validate({**chosen, "architecture": _architecture(network, width, depth)})
    parsed = parse_settings(settings)
    refuse_unused(parsed, ["challenge", challenge.partition(":")[0]])
    loaded = load(challenge, options_for(parsed, "challenge", challenge.partition(":")[0]))
    forward = required_forward_model(loaded)
    work = output.with_name(f".{output.name}.train")
    _begin(work, f"{forward.identity}\n{whole.model_dump_json()}", resume)
    found = emulator_of(
        loaded,
        whole,
        work,
        resolve_device(device),
        lambda what, total: shown_progress(f"emulator: {what}", total, quiet=False),
    )
    write_emulator(output, found)
    shutil.rmtree(work, ignore_errors=True)
    timed = speed(found, forward, held_out_atmospheres(loaded, forward, whole))
    written = read_emulator(output)
    if as_json:
        print_json({"file": str(output), **report(written, timed)})
    else:
        print_report(written, timed)


def _architecture(network: str, width: int | None, depth: int | None) -> Architecture:
    base = HIMES if network == "convolutional" else Architecture()
    return Architecture(network=base.network, width=width or base.width, depth=depth or base.depth)


def _begin(work: Path, settings: str, resume: bool) -> None:
    """Make the work folder, or take the one of the training that is to be resumed.

    Raises:
        HarnessError: it is of a training with other settings, or it cannot be made.
    """
    noted = work / SETTINGS
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    elif noted.is_file() and noted.read_text(encoding="utf-8") != settings:
        raise HarnessError(
            f"The training that was interrupted had other settings or another challenge, as {noted} says; "
            "give those, or train without --resume."
        )
    work.mkdir(parents=True, exist_ok=True)
    noted.write_text(settings, encoding="utf-8")
