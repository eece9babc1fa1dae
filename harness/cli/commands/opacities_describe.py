"""`harness opacities describe`: what opacity files a directory holds."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import NamedPath, json_option


@click.command("describe")
@click.argument("directory", type=NamedPath(), metavar="DIR")
@click.option("--check", is_flag=True, help="Read every value too, and refuse negative or missing ones.")
@json_option
def command(**given: Any) -> None:
    """Describe the cross-sections in DIR.

    Read are TauREx / ExoMolOP HDF5 (.h5, .hdf5), Exo-Transmit (opac*.dat), and HITRAN's collision-induced
    absorption (.cia). Pickles are never loaded; a file that cannot be read is named and left out.
    """
    from harness.cli.opacities_describe import carry_out

    carry_out(**given)
