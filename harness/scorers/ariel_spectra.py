"""What the spectral part of the Ariel score needs to know beside the traces."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from harness.components import Challenge
from harness.data.host_facts import host_facts
from harness.errors import HarnessError
from harness.scorers.remembered import Remembered


@dataclass(frozen=True)
class SpectrumMaker:
    """A forward model and what it must know of K planets.

    Attributes:
        forward: of the challenge.
        star_radius: [R_Sun] (K,), or None where the challenge does not have it.
        planet_mass: [M_Jup] (K,), or None where the challenge does not have it.
    """

    forward: Remembered
    star_radius: Tensor | None
    planet_mass: Tensor | None

    @classmethod
    def of(cls, challenge: Challenge, n: int, rows: Tensor) -> SpectrumMaker | None:
        """For some of the challenge's n test planets; None where the challenge has no forward model.

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
        scored = challenge.test.observations[rows]
        return cls(Remembered(forward), *host_facts(scored, challenge.schema, forward.needs))
