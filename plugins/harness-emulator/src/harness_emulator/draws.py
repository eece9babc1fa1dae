"""Atmospheres to learn from: parameters under the retrieval's prior, for planets of the challenge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS, host_facts
from harness.data.schema import Schema
from harness.data.split import Split
from harness.training.prior_draws import RetrievalPrior

WIDE = 0.25  # of the atmospheres that are learned from: from all of the bounds, where samplers begin


@dataclass(frozen=True, eq=False)
class Atmospheres:
    """N atmospheres.

    Attributes:
        parameters: in their units (N, P), float64.
        star_radius: [R_Sun] (N,), or None.
        planet_mass: [M_Jup] (N,), or None.
        noise: 1-sigma, of a training planet like it (N, W).
    """

    parameters: Tensor
    star_radius: Tensor | None
    planet_mass: Tensor | None
    noise: Tensor

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def inputs(self) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """What a forward model is called with."""
        return self.parameters, self.star_radius, self.planet_mass

    def __getitem__(self, rows: slice | Tensor) -> Self:
        star, mass = (None if one is None else one[rows] for one in (self.star_radius, self.planet_mass))
        return type(self)(self.parameters[rows], star, mass, self.noise[rows])


def drawn(
    n: int, train: Split, schema: Schema, forward: ForwardModel, generator: torch.Generator, wide: float
) -> Atmospheres:
    """Atmospheres under the prior of a retrieval of the training planets.

    A planet's star and mass are those of a training planet. Its radius is one that planets of about its mass
    have in posteriors (see `RetrievalPrior`), everything else is uniform; in a share of them the radius and
    the temperature are uniform within all of the bounds.

    Arguments:
        n: how many.
        train: training planets, with parameters and auxiliary columns.
        schema: of the challenge.
        forward: says which facts are needed.
        generator: on the CPU.
        wide: that share.

    Raises:
        HarnessError: a star's radius or a mass is not a positive number.
    """
    prior = RetrievalPrior.of(train, schema)
    planets = torch.randint(len(train), (n,), generator=generator)
    lower, upper = torch.tensor(schema.bounds, dtype=torch.float64).T
    near = prior.draw(planets, generator).clamp(lower, upper)
    unit = torch.rand(near.shape, generator=generator, dtype=torch.float64)
    everywhere = torch.rand(n, 1, generator=generator) < wide
    parameters = torch.where(everywhere, lower + unit * (upper - lower), near)
    star, mass = host_facts(train.observations.to("cpu"), schema, forward.needs)
    return Atmospheres(
        parameters,
        None if star is None or STAR_RADIUS not in forward.needs else star[planets],
        None if mass is None or PLANET_MASS not in forward.needs else mass[planets],
        train.observations.noise.double().cpu()[planets],
    )


def mass_range(planets: list[Split], schema: Schema) -> tuple[float, float] | None:
    """The least and the largest mass of the challenge's planets [M_Jup]; None where it has none."""
    found = [host_facts(split.observations.to("cpu"), schema, (PLANET_MASS,))[1] for split in planets]
    masses = torch.cat([one for one in found if one is not None] or [torch.empty(0)])
    return (float(masses.min()), float(masses.max())) if len(masses) else None
