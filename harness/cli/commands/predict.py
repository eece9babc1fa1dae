"""`harness predict`: what a recorded run says about a spectrum of your own."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import NamedPath, device_option, home_option, json_option
from harness.cli.spectrum_options import columns_option, units_option
from harness.runs.home import PREDICTED


@click.command("predict")
@click.argument("run", metavar="RUN")
@click.argument("spectrum", metavar="SPECTRUM", type=NamedPath())
@click.option("--noise", type=NamedPath(), metavar="FILE", help="1-sigma noise, in the unit of the spectrum.")
@click.option(
    "--auxiliary",
    "-a",
    multiple=True,
    metavar="NAME=VALUE",
    help="Auxiliary column that the run was trained on; give each of them.",
)
@columns_option
@units_option
@click.option(
    "--samples",
    type=click.IntRange(min=1, max=100_000),
    default=2000,
    show_default=True,
    help="Posterior samples to draw.",
)
@click.option(
    "--output",
    "-o",
    type=NamedPath(file_okay=False),
    metavar="DIR",
    help=f"Where to write samples and corner plot.  [default: {PREDICTED} in the run's folder]",
)
@device_option
@home_option
@json_option
def command(**given: Any) -> None:
    """Infer what lies behind a SPECTRUM with the method of a RUN.

    \b
    RUN is a run's id, the beginning of it, its label, "latest", or its folder.
    SPECTRUM is a .npy file, or a table (.csv, .txt, .dat, .tbl, .ecsv) with the
    columns wavelength [um], transit depth and, if it is known, noise, or with a
    line that names its columns. See `harness data describe SPECTRUM`.

    Prints median and 68% interval of each parameter; saves the samples as CSV and a corner plot as PNG. Says
    how many spectra are unlike those that the run learned from; SPECTRUM-alarms.csv has the p-value of each.
    PLANET-evidence.csv has effective sample size and log-evidence, where the method knows them.
    """
    from harness.cli.predict import carry_out

    carry_out(**given)
