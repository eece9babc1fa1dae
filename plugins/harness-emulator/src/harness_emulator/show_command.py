"""`harness emulator show`: what an emulator imitates, and how well."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import NamedPath, json_option, print_json


@click.command("show")
@click.argument("file", type=NamedPath(path_type=Path))
@json_option
def show(file: Path, as_json: bool) -> None:
    """What the emulator in FILE imitates, its box, and how far it is off."""
    from harness_emulator.file import read_emulator
    from harness_emulator.report import print_report, report

    found = read_emulator(file)
    if as_json:
        print_json({"file": str(file), **report(found, None)})
    else:
        print_report(found, None)
