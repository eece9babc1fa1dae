"""The `harness` command: parse, call, print."""

from __future__ import annotations

import click

from harness.cli.application import Application
from harness.logs.lines import FORMATS, PLAIN, choose_log_format

COMPLETION = """\b
A shell completes names of commands and options after
  eval "$(_HARNESS_COMPLETE=bash_source harness)"
or zsh_source; docs/guide.md has fish.
"""


@click.group(cls=Application, context_settings={"help_option_names": ["-h", "--help"]}, epilog=COMPLETION)
@click.version_option(package_name="ariel-harness", prog_name="harness")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--log-format",
    type=click.Choice(FORMATS),
    default=PLAIN,
    show_default=True,
    envvar="HARNESS_LOG_FORMAT",
    expose_value=False,
    callback=lambda _ctx, _option, name: choose_log_format(name),  # before the command is known, or unknown
    help="Lines of progress where standard error is no terminal: plain, or a JSON object each.",
)
def main(debug: bool) -> None:
    """Run retrieval methods on exoplanet spectra, score them alike, and rank them."""
