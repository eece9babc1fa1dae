"""A spectrum as it is to be drawn, whether for PNG or for HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harness.data.arrays import Array
from harness.figures.wording import Quantity

TICKS = (0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10, 15, 20, 30)
WIDE = 2.5  # ratio of wavelengths from which on their axis is logarithmic


@dataclass(frozen=True)
class SpectrumView:
    """One planet's spectrum, and what a forward model says of it.

    Attributes:
        title: the planet.
        facts: a line about it.
        wavelength, width: channel centres and widths [um] (W,).
        depth: the spectrum (W,), in the data's unit.
        depth_label: what the spectrum is, for the legend.
        quantity: the spectrum's name and unit on the axis.
        noise: its 1-sigma noise (W,), or None.
        model: the forward model at the planet's parameters (W,), or None.
        bare: the same without any of the gases (W,), or None.
        alone: the same with one gas only (W,), by the words for the legend.
        notes: what is missing, a sentence each.
    """

    title: str
    facts: str
    wavelength: Array
    width: Array
    depth: Array
    depth_label: str
    quantity: Quantity
    noise: Array | None = None
    model: Array | None = None
    bare: Array | None = None
    alone: Mapping[str, Array] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def residual(self) -> Array | None:
        """Spectrum minus model in units of the noise (W,), where both are known."""
        if self.model is None or self.noise is None:
            return None
        return (self.depth - self.model) / self.noise

    @property
    def logarithmic(self) -> bool:
        """Whether the wavelengths span enough for a logarithmic axis."""
        low, high = self.limits
        return high / low > WIDE

    @property
    def limits(self) -> tuple[float, float]:
        """Ends of the first and last channel [um]."""
        half = self.width / 2
        return float((self.wavelength - half).min()), float((self.wavelength + half).max())

    @property
    def ticks(self) -> list[float]:
        """Wavelengths to label on a logarithmic axis [um]."""
        low, high = self.limits
        return wavelength_ticks(low, high)

    def in_order(self) -> NDArray[np.intp]:
        """Positions of the channels by ascending wavelength, for lines from one to the next."""
        return np.argsort(self.wavelength)


def wavelength_ticks(low: float, high: float) -> list[float]:
    """The round wavelengths between two, fewer where there would be many."""
    inside = [tick for tick in TICKS if low <= tick <= high]
    if len(inside) <= 11:
        return inside
    return [tick for tick in inside if tick in (0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30)]
