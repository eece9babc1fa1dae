"""`harness data describe FILE`: what was understood of a spectrum's file."""

from __future__ import annotations

from pathlib import Path

import click
from rich import box
from rich.table import Table

from harness.cli.options import print_json
from harness.cli.terminal import PlainConsole, styled
from harness.cli.whole_table import print_whole
from harness.files.number_file import load_array
from harness.files.spectrum_columns import Given
from harness.files.spectrum_description import SpectrumDescription, Values, describe_spectrum
from harness.files.spectrum_table import read_spectrum_table
from harness.real_spectra.plausibility import doubts
from harness.untrusted.words import printable


def show_spectrum(path: Path, given: Given, as_json: bool) -> None:
    """Print what was understood of a table, or the shape of a .npy file.

    Raises:
        HarnessError: the file cannot be read, or its columns or units cannot be told.
    """
    if path.suffix.lower() == ".npy":
        shape = load_array(path).shape
        if as_json:
            print_json({"file": str(path), "shape": shape})
        else:
            click.echo(
                f"{printable(str(path))}: numbers of shape {shape}; a run takes (channels,) or "
                "(planets, channels)."
            )
        return
    found = describe_spectrum(path, given)
    refused = [
        f"harness retrieve refuses it: {doubt}" for doubt in doubts(path, read_spectrum_table(path, given))
    ]
    found = found.model_copy(update={"notes": (*found.notes, *refused)})
    if as_json:
        print_json(found.model_dump())
    else:
        _print(found)


def _print(found: SpectrumDescription) -> None:
    console = PlainConsole()
    left_out = f", {found.left_out} rows without a depth left out" if found.left_out else ""
    console.print(styled((printable(found.file), "bold"), f"  {found.points} points{left_out}"))
    table = _table("column", "read as", "unit")
    for column in found.columns:
        table.add_row(*(printable(text) for text in (column.name, column.read_as, column.unit or "not said")))
    print_whole(console, table)
    table = _table("", "min", "median", "max", "in")
    for name in ("wavelength", "width", "depth", "error"):
        values: Values | None = getattr(found, name)
        if values is not None:
            numbers = (values.minimum, values.median, values.maximum)
            table.add_row(name, *(f"{number:.6g}" for number in numbers), values.unit)
    print_whole(console, table)
    for note in found.notes:
        console.print(printable(f"- {note}"))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(
            column, no_wrap=True, justify="right" if column in ("min", "median", "max") else "left"
        )
    return table
