"""A measured transmission spectrum, of one instrument or of several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.data.arrays import Array

UP_TO = 0.01  # errors up and down that differ by less are taken for one


@dataclass(frozen=True)
class HostFacts:
    """What is known of the star and the planet beside the spectrum.

    Arguments:
        star_radius: [R_Sun].
        planet_mass: [M_Jup].
        star_temperature: effective [K], or None.
    """

    star_radius: float
    planet_mass: float
    star_temperature: float | None = None


@dataclass(frozen=True)
class MeasuredSpectrum:
    """Transit depths of N channels by ascending wavelength, each of one group.

    Arguments:
        name: of the planet or the file.
        wavelength, width: centres and full widths [um] (N,).
        depth: in fractions of the star's light (N,).
        error_down, error_up: 1 sigma towards smaller and larger depths (N,).
        group: of each channel, an instrument or what else shares an offset, as a position in `groups` (N,).
        groups: their names.
        notes: what was understood of the files, a sentence each.
        covariance: of the depths (N, N), in fractions squared, which then counts in place of the errors; they
            are the roots of its diagonal. None where channels are independent.
    """

    name: str
    wavelength: Array
    width: Array
    depth: Array
    error_down: Array
    error_up: Array
    group: NDArray[np.intp]
    groups: tuple[str, ...]
    notes: tuple[str, ...] = ()
    covariance: Array | None = None

    def __len__(self) -> int:
        return len(self.depth)

    @property
    def error(self) -> Array:
        """The mean of the errors up and down (N,)."""
        mean: Array = (self.error_down + self.error_up) / 2
        return mean

    @property
    def asymmetric(self) -> bool:
        """Whether errors up and down differ."""
        return bool((np.abs(self.error_up - self.error_down) > UP_TO * self.error).any())
