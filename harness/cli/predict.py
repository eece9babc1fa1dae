"""`harness predict`: what a recorded run says about a spectrum of your own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Table
from torch import Tensor

from harness.cli.options import print_json
from harness.cli.spectrum_options import given_layout
from harness.cli.terminal import PlainConsole, styled
from harness.components.device import resolve_device
from harness.data.alarms import RAISED, Alarms
from harness.data.evidence import Evidence
from harness.data.intervals import Interval, intervals
from harness.figures.prediction_files import PredictionFiles, write_prediction
from harness.runs.alarms import table_of_alarms, write_alarms
from harness.runs.fitted import open_run
from harness.runs.home import ALARMS, PREDICTED, Home
from harness.runs.prediction import read_observations
from harness.runs.training_range import outside_training
from harness.untrusted.words import printable


def carry_out(
    run: str,
    spectrum: str,
    noise: str | None,
    auxiliary: tuple[str, ...],
    columns: str | None,
    units: str | None,
    samples: int,
    output: str | None,
    device: str,
    home: str | None,
    as_json: bool,
) -> None:
    """Infer what lies behind a SPECTRUM with the method of a RUN."""
    given = given_layout(columns, units)
    fitted = open_run(Home(home).find(run), resolve_device(device))
    asked = read_observations(fitted.schema, Path(spectrum), Path(noise) if noise else None, auxiliary, given)
    for note in asked.notes:
        click.echo(printable(f"Note: {note}"), err=True)
    for warning in outside_training(fitted.folder, fitted.schema, asked):
        click.echo(printable(f"Warning: {warning}"), err=True)
    seen = asked.observations
    fitted.run.quiet, fitted.run.measured = False, True
    posterior = fitted.sample(seen, samples)
    folder = Path(output) if output else fitted.folder / PREDICTED
    alarms = fitted.alarms(seen)
    planets = []
    with fitted.run.progress("corner plots", len(seen)) as advance:
        for i, (planet, found) in enumerate(
            zip(seen.names.tolist(), intervals(posterior, fitted.schema), strict=True)
        ):
            evidence = None if posterior.evidence is None else posterior.evidence[[i]]
            files = write_prediction(folder, planet, *posterior.planet(i), found, evidence)
            planets.append((planet, found, files, evidence))
            advance(1)
    table = folder / f"{Path(spectrum).stem}-{ALARMS}"
    if alarms is not None:
        write_alarms(table, table_of_alarms(seen.names.tolist(), alarms))
    if as_json:
        print_json(
            {
                "run": fitted.record.run_id,
                "estimator": fitted.record.estimator.name,
                "samples": samples,
                "planets": [
                    _document(*planet) | _alarm(alarms, number) for number, planet in enumerate(planets)
                ],
            }
        )
        return
    for planet in planets:
        _show(fitted.record.run_id, *planet)
    if alarms is not None:
        click.echo(printable(_sentence(alarms, seen.names.tolist(), table)))


def _alarm(alarms: Alarms | None, planet: int) -> dict[str, Any]:
    """The alarm of one planet; nothing in an older run."""
    if alarms is None:
        return {}
    numbers = {name: float(column[planet]) for name, column in alarms.columns().items()}
    # JSON has no infinity
    finite: dict[str, Any] = {
        name: value if math.isfinite(value) else None for name, value in numbers.items()
    }
    return {"alarm": finite | {"ranked_among": alarms.ranked, "can_be_raised": not alarms.mute}}


def _sentence(alarms: Alarms, planets: list[str], table: Path) -> str:
    """How many planets alarm, and which of them most."""
    if alarms.mute:
        said = f"none can be raised at {RAISED:.0%}, as the run held out only {alarms.ranked} planets"
    elif not alarms.raised:
        said = f"0 of {len(planets)} alarm at {RAISED:.0%}"
    else:
        strangest = int(alarms.p_value.argmin())
        said = (
            f"{alarms.raised} of {len(planets)} alarm at {RAISED:.0%}, {planets[strangest]} with the least "
            f"p-value, {float(alarms.p_value[strangest]):.2g}: such spectra are unlike those that the run "
            "learned from, and its posteriors of them may be wrong"
        )
    return f"Alarm: {said}; {table}"


def _document(
    planet: str, found: list[Interval], files: PredictionFiles, evidence: Evidence | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "planet": planet,
        "parameters": [
            {
                "name": interval.parameter.name,
                "unit": interval.parameter.unit,
                "median": interval.median,
                "lower": interval.lower,
                "upper": interval.upper,
            }
            for interval in found
        ],
        "samples": str(files.samples.absolute()),
        "corner_plot": str(files.corner_plot.absolute()),
    }
    if evidence is not None:
        document["effective_sample_size"] = float(evidence.effective_size)
        document["log_evidence"] = _number(evidence.log_evidence)
        document["log_evidence_error"] = _number(evidence.error)
    return document


def _number(value: Tensor) -> float | None:
    return float(value) if value.isfinite() else None


def _show(
    run_id: str, planet: str, found: list[Interval], files: PredictionFiles, evidence: Evidence | None
) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("parameter")
    for column in ("median", "-", "+", "68% interval"):
        table.add_column(column, justify="right", no_wrap=True)
    for interval in found:
        median, minus, plus = interval.texts()
        lower, upper = interval.ends()
        table.add_row(
            printable(str(interval.parameter)), styled((median, "bold")), minus, plus, f"{lower} to {upper}"
        )
    console = PlainConsole()
    console.print(styled((printable(planet), "bold"), f" by run {run_id}"))
    console.print(table)
    if evidence is not None:
        known = f"{float(evidence.log_evidence):.2f} +- {float(evidence.error):.2f}"
        told = known if math.isfinite(float(evidence.error)) else "not known"
        console.print(f"ln evidence {told}, from {float(evidence.effective_size):.0f} effective samples")
    for path in (files.samples, files.corner_plot, files.evidence):
        if path is None:
            continue
        console.print(printable(str(path)), soft_wrap=True)
