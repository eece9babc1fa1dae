"""`harness data describe`: a challenge in numbers."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import json_option, settings_option
from harness.cli.spectrum_options import columns_option, units_option


@click.command("describe")
@click.argument("challenge")
@settings_option("the challenge", "challenge.noise=true")
@columns_option
@units_option
@json_option
def command(**given: Any) -> None:
    """Describe what CHALLENGE, or the file of a spectrum, holds.

    CHALLENGE is NAME or NAME:PATH: its sizes, channels, parameters and traces, and what is missing.

    Of an observed spectrum, in a file such as `harness predict` takes, it says what was understood: columns,
    units, and what was left out.
    """
    from harness.cli.data_describe import carry_out

    carry_out(**given)
