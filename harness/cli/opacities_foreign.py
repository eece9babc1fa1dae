"""`harness opacities foreign`: opacities that are not those of the model at hand."""

from __future__ import annotations

from pathlib import Path

import click

from harness.errors import HarnessError
from harness.files.storage import is_disk_full
from harness.physics.builtin_opacities import named_directory
from harness.simulation.foreign_opacities import Change, write_foreign_opacities
from harness.untrusted.words import printable


def carry_out(output: Path, seed: int, opacities: str, scale: float) -> None:
    """Write opacities as another group would have them."""
    try:
        write_foreign_opacities(named_directory(opacities), output, seed, Change().scaled(scale))
    except OSError as error:
        reason = "the disk is full" if is_disk_full(error) else error.strerror or str(error)
        raise HarnessError(
            f"{output} cannot be written ({reason}); nothing half-written was left."
        ) from error
    click.echo(printable(f"{output}: foreign opacities of seed {seed}"))
