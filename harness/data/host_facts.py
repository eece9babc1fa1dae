"""What a forward model is told of a planet beside its parameters: its star's radius and its mass."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS

# auxiliary columns in SI units, as the release of the Ariel challenge has them
STAR_RADIUS, PLANET_MASS = "star_radius_m", "planet_mass_kg"


def host_facts(
    observations: Observations, schema: Schema, needed: Collection[str] = (STAR_RADIUS, PLANET_MASS)
) -> tuple[Tensor | None, Tensor | None]:
    """Star radius [R_Sun] (N,) and planet mass [M_Jup] (N,), float64, from the auxiliary columns.

    They are in the units of forward models, converted with their constants.

    Arguments:
        observations: N planets.
        schema: names their auxiliary columns.
        needed: the columns that are asked for; what is not, or what the planets do not have, is None.

    Raises:
        HarnessError: one of them is not a positive number for some planet.
    """
    star_radius = _column(observations, schema, STAR_RADIUS, SUN_RADIUS) if STAR_RADIUS in needed else None
    planet_mass = _column(observations, schema, PLANET_MASS, JUPITER_MASS) if PLANET_MASS in needed else None
    return star_radius, planet_mass


def _column(observations: Observations, schema: Schema, name: str, unit: float) -> Tensor | None:
    if name not in schema.auxiliary_names:
        return None
    given = observations.auxiliary[:, schema.auxiliary_names.index(name)].double()
    bad = torch.nonzero(~(given.isfinite() & (given > 0)))
    if len(bad):
        planet = int(bad[0])
        raise HarnessError(
            f"{name} of planet {observations.title(planet)} is {float(given[planet]):g}; "
            "the forward model needs a number above 0."
        )
    return given / unit
