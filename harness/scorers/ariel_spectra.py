"""What the spectral part of the Ariel score needs to know beside the traces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components import Challenge
from harness.errors import HarnessError
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS

# auxiliary columns in SI units, as the release of the challenge has them
STAR_RADIUS, PLANET_MASS = "star_radius_m", "planet_mass_kg"


@dataclass(frozen=True)
class SpectrumMaker:
    """A forward model and what it must know of K planets.

    Attributes:
        forward: parameters (B, P), star radius (B,), planet mass (B,) -> spectra (B, W).
        star_radius: [R_Sun] (K,), or None where the challenge does not have it.
        planet_mass: [M_Jup] (K,), or None where the challenge does not have it.
    """

    forward: Callable[..., Tensor]
    star_radius: Tensor | None
    planet_mass: Tensor | None

    @classmethod
    def of(cls, challenge: Challenge, n: int, rows: Tensor) -> SpectrumMaker | None:
        """For some of the challenge's n test planets; None where the challenge has no forward model.

        The units are converted with the constants of the forward model.

        Raises:
            HarnessError: the challenge has not n test planets, or one of these lacks its star's radius or
                its mass.
        """
        forward = challenge.forward_model()
        if forward is None:
            return None
        if len(challenge.test) != n:
            raise HarnessError(
                f"{n} planets are to be scored, but {challenge.spec} has {len(challenge.test)} test planets; "
                "their stars and masses are taken from there, so score them all."
            )
        return cls(
            forward,
            _column(challenge, STAR_RADIUS, rows, SUN_RADIUS),
            _column(challenge, PLANET_MASS, rows, JUPITER_MASS),
        )


def _column(challenge: Challenge, name: str, rows: Tensor, unit: float) -> Tensor | None:
    """An auxiliary column of some test planets in another unit, where the challenge has it."""
    names = challenge.schema.auxiliary_names
    if name not in names:
        return None
    observations = challenge.test.observations
    values = observations.auxiliary[rows, names.index(name)].double() / unit
    bad = torch.nonzero(~(torch.isfinite(values) & (values > 0)))
    if len(bad):
        planet = observations.title(int(rows[bad[0, 0]]))
        raise HarnessError(
            f"{name} of planet {planet} is {float(values[bad[0, 0]]) * unit:g}; the spectral part of the "
            "score needs a number above 0."
        )
    return values
