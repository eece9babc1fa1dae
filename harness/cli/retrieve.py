"""`harness retrieve`: the atmosphere behind a measured spectrum."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import torch

from harness.cli.spectrum_options import given_layout
from harness.cli.termination import stop_as_by_control_c
from harness.components.progress import shown_progress
from harness.real_spectra.config import merged_settings, parse_priors
from harness.real_spectra.reading import read_spectra
from harness.real_spectra.retrieval import pose, retrieve
from harness.real_spectra.spectrum import HostFacts
from harness.runs.home import Home
from harness.untrusted.words import printable


def carry_out(
    files: tuple[Path, ...],
    config: Path | None,
    priors: tuple[str, ...],
    output: Path | None,
    resume: bool,
    home: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Infer the atmosphere behind the transmission spectrum in FILE."""
    stop_as_by_control_c()
    settings, layout = merged_settings(config, {**given, "priors": parse_priors(priors)})
    host = HostFacts(settings.star_radius, settings.planet_mass, settings.star_temperature)
    columns = given_layout(layout.get("columns"), layout.get("units"))
    spectrum = read_spectra(files, host, columns, layout.get("widths"))
    for note in spectrum.notes:
        click.echo(printable(f"Note: {note}"), err=True)
    problem = pose(spectrum, settings)
    place = Home(home)
    place.create()
    folder = output or place.path / "retrievals" / f"{spectrum.name}-{problem.identity}"
    checkpoint = place.checkpoints / f"retrieve-{problem.identity}" / "sampler.h5"
    if not resume:
        checkpoint.unlink(missing_ok=True)
    with shown_progress("retrieval", settings.effective, quiet=False) as advance:
        trace = retrieve(problem, checkpoint, advance)
    print(folder)
    quantiles = torch.tensor([0.1587, 0.5, 0.8413])
    import numpy as np
    order = np.argsort(trace.values, axis=0)
    for i, p in enumerate(problem.parameters):
        v, w = trace.values[order[:, i], i], trace.weights[order[:, i]]
        c = np.cumsum(w)
        print(p, *(v[np.searchsorted(c, float(q))] for q in quantiles))
    print("lnZ", trace.log_evidence, trace.effective_size, trace.calls, trace.log_likelihood.max())
