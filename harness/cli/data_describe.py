"""`harness data describe`: a challenge in numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.table import Table

from harness.challenges import load
from harness.challenges.describe import Description, Range, describe
from harness.cli.data_describe_spectrum import show_spectrum
from harness.cli.options import print_json
from harness.cli.spectrum_options import given_layout
from harness.cli.terminal import PlainConsole, named, styled
from harness.cli.whole_table import print_whole
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.errors import HarnessError, counted
from harness.files.spectrum_kinds import KINDS

BLOCKS = "▁▂▃▄▅▆▇█"


def carry_out(
    challenge: str, settings: Sequence[str], columns: str | None, units: str | None, as_json: bool
) -> None:
    """Describe what CHALLENGE, or the file of a spectrum, holds."""
    path = Path(challenge)
    if path.suffix.lower() in (*KINDS, ".npy"):
        if settings:
            raise HarnessError(
                f"--set is for a challenge, and {challenge} the file of a spectrum; leave it out."
            )
        show_spectrum(path, given_layout(columns, units), as_json)
        return
    if columns or units:
        raise HarnessError("--columns and --units are for the file of a spectrum; leave them out.")
    parsed = parse_settings(settings)
    name = challenge.partition(":")[0]
    refuse_unused(parsed, ["challenge", name])
    description = describe(load(challenge, options_for(parsed, "challenge", name)))
    if as_json:
        print_json(description.model_dump())
    else:
        _print(description)


def _print(description: Description) -> None:
    console = PlainConsole()
    channels = description.channels
    console.print(styled((description.challenge, "bold"), f"  fingerprint {description.fingerprint}"))
    console.print(
        f"{counted(channels.count, 'channel')} from {channels.first:g} to {channels.last:g} um, "
        f"{channels.unit}"
    )
    print_whole(console, _splits(description))
    print_whole(console, _parameters(description))
    if description.auxiliary:
        print_whole(console, _auxiliary(description))
    for note in description.notes:
        console.print(f"- {note}")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left", no_wrap=True)
    return table


def _splits(description: Description) -> Table:
    table = _table("split", "planets", "truth", "traces", "rows of each", "mean depth", "mean noise")
    for name, split in description.splits.items():
        rows = split.trace_rows
        table.add_row(
            name,
            f"{split.planets:,}",
            "yes" if split.has_parameters else "no",
            f"{split.traces:,}",
            _whole_numbers(rows) if rows else "",
            "" if split.mean_depth is None else f"{split.mean_depth:.3g}",
            "" if split.mean_noise is None else f"{split.mean_noise:.2g}",
        )
    return table


def _parameters(description: Description) -> Table:
    table = _table("parameter", "prior", "min", "median", "max")
    table.add_column("training planets", no_wrap=True)
    for parameter in description.parameters:
        decimals = max(
            0, 3 - math.floor(math.log10(parameter.upper - parameter.lower))
        )  # 1/1000 of the prior
        table.add_row(
            named(parameter.name, parameter.unit),
            f"{parameter.lower:g} to {parameter.upper:g}",
            *(f"{value + 0:.{decimals}f}" for value in _three(parameter.training, decimals)),
            sparkline(parameter.histogram),
        )
    return table


def _auxiliary(description: Description) -> Table:
    table = _table("auxiliary column", "min", "median", "max")
    for column in description.auxiliary:
        table.add_row(named(column.name, column.unit), *(f"{value:.4g}" for value in _three(column.training)))
    return table


def _three(values: Range, decimals: int | None = None) -> list[float]:
    three = (values.minimum, values.median, values.maximum)
    return [value if decimals is None else round(value, decimals) for value in three]


def _whole_numbers(values: Range) -> str:
    if values.minimum == values.maximum:
        return f"{values.minimum:,.0f}"
    return f"{values.minimum:,.0f} to {values.maximum:,.0f}"


def sparkline(counts: Sequence[int]) -> str:
    """One character for each count, as high as it is against the greatest; a space for none."""
    greatest = max(counts, default=0)
    return "".join(
        " " if count == 0 else BLOCKS[min(len(BLOCKS) - 1, count * len(BLOCKS) // greatest)]
        for count in counts
    )
