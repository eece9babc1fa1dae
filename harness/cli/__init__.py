"""The `harness` command: parse, call, print."""

from __future__ import annotations

import click

from harness.cli.application import Application

COMPLETION = """\b
A shell completes names of commands and options after
  eval "$(_HARNESS_COMPLETE=bash_source harness)"
or zsh_source; docs/guide.md has fish.
"""


@click.group(cls=Application, context_settings={"help_option_names": ["-h", "--help"]}, epilog=COMPLETION)
@click.version_option(package_name="ariel-harness", prog_name="harness")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Run retrieval methods on exoplanet spectra, score them alike, and rank them."""
