"""Absorbers that the forward model of a retrieval does not know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.physics.constants import SQUARE_METRE
from harness.physics.molecules import molecular_mass


@dataclass(frozen=True)
class Band:
    """A band of Gaussian shape: centre [cm-1], strength [cm per molecule], half width at 1/e [cm-1]."""

    centre: float
    strength: float
    width: float


@dataclass(frozen=True)
class Absorber:
    """A gas with smooth bands that change neither with temperature nor with pressure.

    A model of what an unknown gas does to a spectrum, not of that gas: no lines, no hot bands.
    """

    formula: str
    bands: Sequence[Band]

    @property
    def mass(self) -> float:
        """Of a molecule [kg]."""
        return molecular_mass(self.formula)

    def cross_section(self, wavenumber: Tensor) -> Tensor:
        """Absorption cross-section [m2] at wavenumbers [cm-1] (W,)."""
        total = torch.zeros_like(wavenumber)
        for band in self.bands:
            peak = band.strength / (math.sqrt(math.pi) * band.width) * SQUARE_METRE
            total = total + peak * torch.exp(-(((wavenumber - band.centre) / band.width) ** 2))
        return total


# A stand-in for hydrogen cyanide: its bands at 3.02, 1.53, 4.77 and 7.1 um, with strengths of about the
# right order. At 1,000 K the two branches of a band of this molecule (B = 1.478 cm-1) peak some 90 cm-1
# apart.
HYDROGEN_CYANIDE = Absorber(
    "HCN",
    (
        Band(centre=3311.0, strength=9e-18, width=70.0),
        Band(centre=1412.0, strength=2e-18, width=60.0),
        Band(centre=2097.0, strength=5e-21, width=60.0),
        Band(centre=6520.0, strength=3e-19, width=70.0),
    ),
)
