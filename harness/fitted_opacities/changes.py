"""What a fit changed, channel by channel."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np

from harness.data.schema import Schema
from harness.fitted_opacities.result import FitResult
from harness.physics.binning import overlap_binning
from harness.physics.cross_sections import Array

KELVIN = (500.0, 1000.0, 2000.0)
NOTHING = 1e-100  # [cm2]; what was nothing is nothing still
PASCAL = (1.0, 1e3, 1e5)  # a transmission spectrum comes from about the second


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


def changes_of(result: FitResult, schema: Schema) -> list[Change]:
    """The changes of every gas in every channel.

    Arguments:
        result: of the fit.
        schema: of the challenge.
    """
    wavelength, width = (np.array(one, dtype=np.float64) for one in (schema.wavelength, schema.width))
    binning = overlap_binning(result.wavenumber, wavelength, width)
    changes = []
    for begun, learned in zip(result.begun, result.tables, strict=True):
        before, after = (
            np.maximum(table.whole(), NOTHING)[..., binning.points] for table in (begun, learned)
        )
        channels = np.log10(after / before) @ binning.weights
        change = _between(begun.pressure, _between(begun.temperature, channels, KELVIN, 1), PASCAL, 0)
        changes += [
            Change(
                begun.molecule,
                float(wavelength[channel]),
                float(here[1, 0]),
                float(here[1, 1]),
                float(here[1, 2]),
                float(here[2, 1] - here[0, 1]),
            )
            for channel, here in enumerate(np.moveaxis(change, 2, 0))
        ]
    return changes


def _between(grid: Array, values: Array, wanted: tuple[float, ...], axis: int) -> Array:
    """Values at places of a grid that they have along an axis, linear in its logarithm."""
    found: Array = np.apply_along_axis(lambda row: np.interp(np.log(wanted), np.log(grid), row), axis, values)
    return found
