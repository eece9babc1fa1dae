"""`harness score`: check and score a submission file, without recording anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness.cli.options import print_json
from harness.cli.score_table import print_scores
from harness.cli.terminal import console_for_tables, styled
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.errors import HarnessError
from harness.runs.assembly import Choice
from harness.runs.scoring import applicable_scorers, score_all
from harness.submissions import far_outside_prior, read_submission
from harness.untrusted.words import printable


def carry_out(
    file: Path, challenge: str, scorers: Sequence[str], settings: Sequence[str], as_json: bool
) -> None:
    """Check a submission FILE, and score it on a challenge."""
    if not file.is_file():
        raise HarnessError(f"There is no file {file}.")
    parsed = parse_settings(settings)
    name, _, location = challenge.partition(":")
    chosen = Choice.of("challenge", name, options_for(parsed, "challenge", name))
    asked = [Choice.of("scorer", scorer, options_for(parsed, "scorer", scorer)) for scorer in scorers]
    opened = chosen.build(location=location or None)
    choices = asked or [
        Choice.of("scorer", scorer, options_for(parsed, "scorer", scorer)) for scorer in opened.scorers
    ]
    refuse_unused(parsed, ["challenge", "scorer", name, *(choice.registration.name for choice in choices)])
    test = opened.test
    choices, left_out = applicable_scorers(opened, test, choices, required=bool(asked))
    prediction = read_submission(file, test.observations.names, opened.schema)
    if (told := far_outside_prior(prediction, test.observations.names, opened.schema)) is not None:
        click.echo(f"Warning: {printable(told)}", err=True)
    records = [record for record, _ in score_all(choices, prediction, test, opened)]
    if as_json:
        print_json(
            {
                "file": str(file),
                "challenge": opened.spec,
                "fingerprint": opened.fingerprint,
                "planets": len(test),
                "scores": [record.model_dump(mode="json") for record in records],
                "not_applicable": left_out,
            }
        )
        return
    console = console_for_tables()
    title = f" on the {len(test):,} test planets of {opened.spec}"
    console.print(styled((printable(str(file)), "bold"), printable(title)))
    print_scores(console, records)
    for sentence in left_out:
        console.print(f"- {sentence}")
