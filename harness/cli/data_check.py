"""`harness data check`: whether a challenge's forward model makes its spectra."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import torch
from rich import box
from rich.table import Table

from harness.challenges import load
from harness.cli.figure_files import require_folder, write_picture
from harness.cli.options import print_json
from harness.cli.terminal import PlainConsole, styled
from harness.cli.whole_table import print_whole
from harness.components import Challenge, ForwardModel
from harness.components.forward_check import (
    FARTHEST,
    INSTEAD,
    SHARE,
    ForwardCheck,
    check_forward_model,
    to_judge_by,
    uncheckable,
)
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.figures.forward_contributions import contributions
from harness.physics.temperature_range import outside_sentence
from harness.untrusted.words import printable

WORST = 8  # channels that are told of
Channels = list[tuple[int, float, str]]  # of each: position, median of the residuals, whose band it is
TEMPERATURE = "planet_temp"
BANDS = 20  # planets that say which gas a channel belongs to


def carry_out(challenge: str, output: Path | None, settings: Sequence[str], as_json: bool) -> None:
    """Compare the forward model of CHALLENGE with the spectra of its training planets."""
    if output is not None:
        if output.suffix.lower() != ".png":
            raise HarnessError(f"{output} is of no kind that can be drawn; name a picture (.png) with -o.")
        require_folder(output)
    parsed = parse_settings(settings)
    name = challenge.partition(":")[0]
    refuse_unused(parsed, ["challenge", name])
    loaded = load(challenge, options_for(parsed, "challenge", name))
    forward = loaded.forward_model()
    forward = forward if forward is None or forward.ready else forward.begun_with()
    planets = to_judge_by(loaded.train, loaded.valid)
    reason = uncheckable(forward, planets, loaded.schema)
    if forward is None or reason is not None:
        raise HarnessError(f"The forward model of '{challenge}' cannot be checked: {reason}; {INSTEAD}.")
    check = check_forward_model(forward, planets, loaded.schema)
    worst = _worst(check, loaded, forward)
    if (outside := _outside(forward, planets, loaded.schema)) is not None:
        click.echo(f"Warning: {outside}", err=True)
    if as_json:
        print_json(_as_json(check, loaded, worst))
    else:
        _print(check, loaded, worst)
    if output is not None:
        import numpy as np

        from harness.figures.forward_check_png import forward_check_figure

        wavelength = np.asarray(loaded.schema.wavelength)
        write_picture(forward_check_figure(check, wavelength, printable(loaded.spec)), output)
        click.echo(printable(str(output)), err=as_json)


def _outside(forward: ForwardModel, planets: Split, schema: Schema) -> str | None:
    """That opacities do not reach the planets' temperatures, as a sentence; None where they do."""
    reach, names = forward.temperature_range, [parameter.name for parameter in schema.parameters]
    if reach is None or TEMPERATURE not in names:
        return None
    assert planets.truth.parameters is not None
    asked = planets.truth.parameters[:, names.index(TEMPERATURE)]
    return outside_sentence(reach, float(asked.min()), float(asked.max()))


def _worst(check: ForwardCheck, challenge: Challenge, forward: ForwardModel) -> Channels:
    """The channels with the largest residuals."""
    residuals = check.by_channel()
    bands = _bands(challenge, forward)
    order = residuals.argsort(descending=True)[:WORST].tolist()
    return [
        (channel, float(residuals[channel]), "" if bands is None else bands[channel]) for channel in order
    ]


def _bands(challenge: Challenge, forward: ForwardModel) -> list[str] | None:
    """For each channel the gas that adds most to it over some planets; None where that is not known."""
    planets = challenge.train[torch.arange(0, len(challenge.train), max(1, len(challenge.train) // BANDS))]
    assert planets.truth.parameters is not None
    total: dict[str, torch.Tensor] = {}
    for row in range(min(BANDS, len(planets))):
        planet = planets.observations[row : row + 1]
        found = contributions(forward, challenge.schema, planets.truth.parameters[row], planet)
        if isinstance(found, str):
            continue
        noise = planet.noise[0].double()
        for gas, alone in found.alone.items():
            added = (torch.as_tensor(alone) - torch.as_tensor(found.bare)) / noise
            total[gas] = total.get(gas, torch.zeros_like(noise)) + added.clamp(0, 1e3)
    if not total:
        return None
    largest = torch.stack(list(total.values())).argmax(dim=0).tolist()
    return [list(total)[gas] for gas in largest]


def _as_json(check: ForwardCheck, challenge: Challenge, worst: Channels) -> dict[str, object]:
    return {
        "challenge": challenge.spec,
        "planets": len(check.residual),
        "without_spectrum": check.missing,
        "median": _finite(check.quantile(0.5)),
        "quantile90": _finite(check.quantile(0.9)),
        "median_less_offset": _finite(check.quantile(0.5, shape=True)),
        "quantile90_less_offset": _finite(check.quantile(0.9, shape=True)),
        "beyond": check.beyond,
        "agrees": check.agrees,
        "channels": [_finite(value) for value in check.by_channel().tolist()],
        "worst": [
            {"wavelength": challenge.schema.wavelength[channel], "median": _finite(value), "gas": gas or None}
            for channel, value, gas in worst
        ],
    }


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def _print(check: ForwardCheck, challenge: Challenge, worst: Channels) -> None:
    console = PlainConsole()
    agrees = (
        "the forward model makes these spectra" if check.agrees else "the forward model does NOT make them"
    )
    console.print(styled((challenge.spec, "bold"), f"  {agrees}"))
    if not check.unbound:
        _print_residuals(console, check, challenge, worst)
    console.print(
        f"{check.beyond} of {len(check.residual)} planets are off by more than {FARTHEST:g} sigma, all "
        f"channels together; simulations are learned from where at most {1 - SHARE:.0%} are."
    )
    if check.missing:
        console.print(f"{check.missing} of them have parameters that make no spectrum.")
    if check.agrees:
        return
    if check.in_vain:
        if not check.unbound:
            console.print(f"The spectra are {check.scale:.2g} times as deep as the model's.")
        console.print(f"That is not for other opacities to mend: {check.remedy()}.")
        return
    own = challenge.forward_model()
    if own is not None and not own.ready:
        console.print(
            "Opacities that make them are learned from these planets when a spectrum is first needed, once, "
            "which takes minutes; 'harness opacities fit' does it now and draws what is gained. Give those "
            "behind the spectra, if you have them: --set challenge.opacities=DIR."
        )
    else:
        console.print(
            "Methods with supervision=auto learn from the parameters and traces of the training planets "
            "instead. Give the opacities behind the spectra with --set challenge.opacities=DIR, or learn "
            "some: harness opacities fit."
        )


def _print_residuals(
    console: PlainConsole, check: ForwardCheck, challenge: Challenge, worst: Channels
) -> None:
    residuals = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    residuals.add_column("model less spectrum [1-sigma noise]", no_wrap=True)
    for column in ("median", "90%"):
        residuals.add_column(column, justify="right")
    for what, shape in (("as it is", False), ("less one offset of each planet", True)):
        residuals.add_row(what, *(f"{check.quantile(share, shape):.2g}" for share in (0.5, 0.9)))
    print_whole(console, residuals)
    channels = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in ("worst channels [um]", "median", "band of"):
        channels.add_column(column, justify="right" if column == "median" else "left", no_wrap=True)
    for channel, value, gas in worst:
        channels.add_row(f"{challenge.schema.wavelength[channel]:g}", f"{value:.2g}", gas or "?")
    print_whole(console, channels)
