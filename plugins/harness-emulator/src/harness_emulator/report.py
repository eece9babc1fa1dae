"""What is told of an emulator: what it imitates, how far it is off, how quick it is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich import box
from rich.table import Table

from harness.cli.terminal import PlainConsole
from harness.cli.whole_table import print_whole
from harness.untrusted.words import printable
from harness_emulator.emulator import Emulator
from harness_emulator.speed import Speed


def report(emulator: Emulator, speed: Speed | None) -> dict[str, Any]:
    """Everything, for programs."""
    own = emulator.description
    return {
        "identity": emulator.identity,
        "challenge": own.challenge,
        "forward_model": own.forward,
        "masses_M_Jup": own.masses,
        "architecture": own.architecture.model_dump(),
        "settings": own.settings,
        "wavelength_um": own.schema_.wavelength,
        "accuracy": None if own.accuracy is None else own.accuracy.model_dump(),
        "speed": None if speed is None else {**asdict(speed), "times": speed.times},
    }


def print_report(emulator: Emulator, speed: Speed | None) -> None:
    """A table of the errors of each channel, and a few sentences."""
    own, console = emulator.description, PlainConsole()
    network = own.architecture
    lines = [
        f"An emulator of {own.forward}, the forward model of {own.challenge}: {network.network}, "
        f"{network.depth} x {network.width}.",
    ]
    for parameter in own.schema_.parameters:
        lines.append(f"  {parameter}: {parameter.lower:g} to {parameter.upper:g}")
    if own.masses is not None:
        lines.append(f"  planet mass [M_Jup]: {own.masses[0]:.4g} to {own.masses[1]:.4g}")
    console.print("\n".join(map(printable, lines)), soft_wrap=True)
    found = own.accuracy
    if found is not None:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for name in ("channel\n[um]", "median\n[ppm]", "99%\n[ppm]", "median\n[noise]", "99%\n[noise]"):
            table.add_column(name, justify="right")
        rows = zip(
            own.schema_.wavelength,
            found.channel_median_ppm,
            found.channel_most_ppm,
            found.channel_median,
            found.channel_most,
            strict=True,
        )
        for wavelength, *ppm, median, most in rows:
            table.add_row(f"{wavelength:.3g}", *(f"{one:.2g}" for one in ppm), f"{median:.2%}", f"{most:.2%}")
        print_whole(console, table)
        console.print(
            f"Off by {found.median:.2%} of the noise (median) and {found.most:.2%} (99%), or "
            f"{found.median_ppm:.2g} and {found.most_ppm:.2g} ppm, over {found.atmospheres:,} atmospheres "
            "that it had not seen, all channels.",
            soft_wrap=True,
        )
        if found.lost:
            console.print(
                f"It takes {found.lost:.2%} of the atmospheres that the model makes for none.", soft_wrap=True
            )
    if speed is not None:
        console.print(
            f"A spectrum takes {1e3 * speed.emulator:.3g} us instead of {1e3 * speed.model:.4g} us (the "
            f"quick model: {1e3 * speed.quick:.3g} us), {_compared(speed.times)}, at a batch of "
            f"{speed.batch} on {speed.cores} cores.",
            soft_wrap=True,
        )


def _compared(times: float) -> str:
    """How much less time an emulator takes, or how much more."""
    return f"{times:.3g} times less" if times >= 1 else f"{1 / times:.3g} times MORE"
