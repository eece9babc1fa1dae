"""What is learned."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from harness.components.forward_check import ForwardCheck
from harness.physics.cross_sections import Array, CrossSections
from harness.physics.hitran_cia import CollisionInducedAbsorption

GAIN = 0.9  # of the loss of the first opacities, that learned ones must stay below


@dataclass(frozen=True, eq=False)
class FitResult:
    """Cross-sections that were learned.

    Attributes:
        wavenumber: the short grid [cm-1] (S,).
        tables: of each gas, on it.
        pairs: of collision-induced absorption; empty where there is none in the spectra.
        begun: the tables that the fit began with, on the same grid.
        before, after: residuals of the planets held out, with the first opacities and with these.
        steps: that it took.
    """

    wavenumber: Array
    tables: list[CrossSections]
    pairs: list[CollisionInducedAbsorption]
    begun: list[CrossSections]
    before: ForwardCheck
    after: ForwardCheck
    steps: int

    @property
    def better(self) -> bool:
        """Whether the planets held out are met better than before, by more than their number can pretend."""
        return held_out_loss(self.after) < GAIN * held_out_loss(self.before)


def held_out_loss(check: ForwardCheck) -> float:
    """What a fit is judged by: the mean of log(1 + z^2) over the residuals z of planets with a spectrum."""
    values = check.residual[check.residual.isfinite().all(dim=1)]
    return float(torch.log1p(values.square()).mean()) if len(values) else math.inf
