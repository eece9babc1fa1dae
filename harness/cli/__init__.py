"""The `harness` command: parse, call, print."""

from __future__ import annotations

import os

import click

from harness.cli.application import Application

# Before torch is imported: idle OpenMP threads that spin take the cores from others, and on a busy
# machine made scoring ten times slower; passive ones cost nothing measurable on an idle one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@click.group(cls=Application)
@click.version_option(package_name="ariel-harness", prog_name="harness")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Run retrieval methods on exoplanet spectra, score them alike, and rank them."""
