"""`harness spectrum`: the forward model of one atmosphere, drawn."""

from __future__ import annotations

import warnings
from pathlib import Path

import click
import numpy as np
import torch

from harness.challenges.ariel2023.grid import PARAMETERS, WAVELENGTH, WIDTH
from harness.cli.figure_files import figure_kind, write_page, write_picture
from harness.cli.options import print_json
from harness.cli.spectrum_options import given_layout
from harness.errors import HarnessError
from harness.figures.report import spectrum_page
from harness.figures.spectrum import SpectrumView
from harness.figures.spectrum_png import spectrum_figure
from harness.figures.wording import Quantity, formula
from harness.files.spectrum_columns import Given
from harness.files.spectrum_description import measured_channels
from harness.physics import GASES, TransmissionModel
from harness.physics.builtin_opacities import named_directory
from harness.physics.cross_sections import Array
from harness.physics.opacity_directory import select_cross_sections, unsaid_units
from harness.physics.temperature_range import outside_sentence
from harness.untrusted.words import printable

ABSENT = -30.0  # log10 of a mixing ratio that leaves no trace


def carry_out(
    radius: float,
    temperature: float,
    log_h2o: float,
    log_co2: float,
    log_co: float,
    log_ch4: float,
    log_nh3: float,
    star_radius: float,
    planet_mass: float,
    opacities: str,
    grid: Path | None,
    columns: str | None,
    units: str | None,
    output: Path,
    as_json: bool,
) -> None:
    """Draw the spectrum of an atmosphere, and what each gas adds."""
    values = [radius, temperature, log_h2o, log_co2, log_co, log_ch4, log_nh3]
    kind = figure_kind(output)
    _refuse_outside(values, star_radius, planet_mass)
    model, wavelength, width = _model(opacities, grid, given_layout(columns, units))
    gases = model.gases
    rows = [values] + [
        values[:2]
        + [value if gas == other else ABSENT for other, value in zip(gases, values[2:], strict=True)]
        for gas in gases
    ]
    rows.append(values[:2] + [ABSENT] * len(gases))
    depths = model.binned(torch.tensor(rows, dtype=torch.float64), star_radius, planet_mass).double().numpy()
    if not (depths[0] > 0).all() or not torch.isfinite(torch.from_numpy(depths)).all():
        raise HarnessError(
            "This atmosphere is not bound to its planet, so it has no spectrum; take a heavier planet, a "
            "smaller radius or a lower temperature."
        )
    if (outside := outside_sentence(model.temperature_range, temperature, temperature)) is not None:
        warnings.warn(outside, stacklevel=1)
    if as_json:
        numbers = {"wavelength_um": wavelength, "width_um": width, "transit_depth": depths[0]}
        alone = {gas: row.tolist() for gas, row in zip(gases, depths[1:-1], strict=True)}
        print_json({**{name: column.tolist() for name, column in numbers.items()}, "alone": alone})
        return

    view = SpectrumView(
        title="Forward model",
        facts=_facts(values, star_radius, planet_mass),
        wavelength=wavelength,
        width=width,
        depth=depths[0],
        depth_label="all gases, channel width",
        quantity=Quantity("transit depth", "%", 100.0),
        alone={
            f"{formula(gas)} alone (log₁₀ {value:g})".replace("-", "−"): row
            for gas, value, row in zip(gases, values[2:], depths[1:-1], strict=True)
        },
        bare=depths[-1],
    )
    if kind == "html":
        write_page(spectrum_page(view), output)
    else:
        write_picture(spectrum_figure(view), output)
    click.echo(printable(str(output)))


def _facts(values: list[float], star_radius: float, planet_mass: float) -> str:
    return " · ".join(
        (
            f"planet radius {values[0]:g} R_Jup",
            f"planet temperature {values[1]:g} K",
            f"planet mass {planet_mass:g} M_Jup",
            f"star radius {star_radius:g} R_Sun",
        )
    )


def _refuse_outside(values: list[float], star_radius: float, planet_mass: float) -> None:
    for parameter, value in zip(PARAMETERS, values, strict=True):
        if not parameter.lower <= value <= parameter.upper:
            raise HarnessError(
                f"{parameter.name} is {value:g}, outside the prior of the challenge; expected "
                f"{parameter.lower:g} to {parameter.upper:g} {parameter.unit}."
            )
    for option, value in (("--star-radius", star_radius), ("--planet-mass", planet_mass)):
        if not 0 < value < float("inf"):
            raise HarnessError(f"{option} is {value:g}; expected a positive number.")
    if values[1] == 0:
        raise HarnessError("A planet of 0 K has no atmosphere; take a higher temperature.")
    if sum(10**value for value in values[2:]) > 1:
        raise HarnessError("The mixing ratios sum to more than 1; lower some of them.")


def _model(opacities: str, grid: Path | None, given: Given) -> tuple[TransmissionModel, Array, Array]:
    """The model, and centres and widths [um] of its channels: Ariel's, or those of a measured spectrum."""
    directory = named_directory(opacities)
    if (unsaid := unsaid_units(select_cross_sections(directory, GASES))) is not None:
        click.echo(printable(f"Warning: {unsaid}"), err=True)
    if grid is None:
        return TransmissionModel.from_files(directory), np.array(WAVELENGTH), np.array(WIDTH)
    wavelength, width = measured_channels(grid, given)
    model = TransmissionModel.from_files(
        directory, wavelength=wavelength.tolist(), width=width.tolist(), edges="exact"
    )
    return model, wavelength, width
