"""What a fit changed, channel by channel."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import torch

from harness.data.schema import Schema
from harness.fitted_opacities.corrections import Corrections, basis
from harness.physics import GASES
from harness.physics.binning import overlap_binning
from harness.physics.cross_sections import Array

PRESSURE = 1e3  # [Pa], about where a transmission spectrum comes from


@dataclass(frozen=True)
class Change:
    """How much the cross-sections of a gas were changed in a channel, as the mean over its wavenumbers [dex].

    Attributes:
        gas: whose.
        wavelength_um: of the channel.
        at_500_K, at_1000_K, at_2000_K: at these temperatures and 1,000 Pa.
        by_pressure: from 1 Pa to 100,000 Pa, at 1,000 K.
    """

    gas: str
    wavelength_um: float
    at_500_K: float
    at_1000_K: float
    at_2000_K: float
    by_pressure: float

    @classmethod
    def columns(cls) -> list[str]:
        """The names of what `row` gives."""
        return [field.name for field in fields(cls)]

    def row(self) -> tuple[str | float, ...]:
        """For a table."""
        return tuple(f"{value:.4f}" if isinstance(value, float) else value for value in astuple(self))


def changes_of(corrections: Corrections, wavenumber: Array, schema: Schema) -> list[Change]:
    """The changes of every gas in every channel.

    Arguments:
        wavenumber: the short grid [cm-1].
        schema: of the challenge.
    """
    wavelength, width = (
        torch.tensor(one, dtype=torch.float64).numpy() for one in (schema.wavelength, schema.width)
    )
    binning = overlap_binning(wavenumber, wavelength, width)
    weights = torch.as_tensor(binning.weights)
    coefficients = corrections.coefficients.detach().cpu().double()[..., binning.points] @ weights
    temperatures = torch.tensor([500.0, 1000.0, 2000.0], dtype=torch.float64)
    pressures = torch.tensor([1.0, PRESSURE, 1e5], dtype=torch.float64)
    terms = basis(temperatures, pressures, corrections.terms)
    change = torch.einsum("tpk,gkc->gctp", terms, coefficients)
    return [
        Change(
            gas,
            float(wavelength[channel]),
            float(here[0, 1]),
            float(here[1, 1]),
            float(here[2, 1]),
            float(here[1, 2] - here[1, 0]),
        )
        for gas, of_gas in zip(GASES, change, strict=True)
        for channel, here in enumerate(of_gas)
    ]
