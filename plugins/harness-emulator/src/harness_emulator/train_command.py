"""`harness emulator train`: a neural surrogate of a challenge's forward model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness.cli.options import (
    NamedPath,
    NumberRange,
    device_option,
    json_option,
    seed_option,
    settings_option,
)
from harness.errors import HarnessError
from harness_emulator.settings import HIMES, HIMES_RATE, Architecture, Settings


@click.command("train")
@click.argument("challenge")
@click.option(
    "--output",
    "-o",
    type=NamedPath(path_type=Path),
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
    help="Of them, computed by the model itself as well, to end with.  "
    f"[default: {Settings().finishing}, or all of fewer]",
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
    type=NumberRange(0, 1, min_open=True),
    help=f"Learning rate.  [default: {Settings().rate:g}; {HIMES_RATE:g}]",
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
    atmospheres: int,
    finishing: int | None,
    rate: float | None,
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
    from harness_emulator.train_work import carry_out

    if finishing is None:
        finishing = min(Settings().finishing, atmospheres)
    elif finishing > atmospheres:
        raise HarnessError(
            f"--finishing {finishing} are more than --atmospheres {atmospheres}, which they are taken from; "
            "give at most as many."
        )
    if rate is None:
        rate = HIMES_RATE if network == HIMES.network else Settings().rate
    numbers = {**chosen, "atmospheres": atmospheres, "finishing": finishing, "rate": rate}
    whole = Settings.model_validate({**numbers, "architecture": _architecture(network, width, depth)})
    carry_out(challenge, output, whole, resume, settings, device, as_json)


def _architecture(network: str, width: int | None, depth: int | None) -> Architecture:
    base = HIMES if network == "convolutional" else Architecture()
    return Architecture(network=base.network, width=width or base.width, depth=depth or base.depth)
