"""Draws from the prior of a retrieval, held to where the posteriors of planets like the training ones lie.

A retrieval knows a planet's mass and its star's radius, and takes every other parameter for uniform within
its bounds. Most of that box makes planets that look like none of the challenge. What may be left out without
moving any posterior is what no posterior of such a planet reaches; what may be drawn more often is what a
weight takes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from harness.data.host_facts import host_facts
from harness.data.schema import Schema
from harness.data.split import Split
from harness.physics.constants import JUPITER_RADIUS, SUN_RADIUS

RADIUS, TEMPERATURE = "planet_radius", "planet_temp"  # [R_Jup], [K]

# Of the posteriors of 75 simulated planets the 0.1% and 99.9% quantiles of the radius lay at 0.82 to 1.06
# times the radius that their smallest depth means, and no temperature above 1.9 times the hottest planet's.
BELOW, ABOVE = 0.78, 1.22
HOTTER = 2.0
NEIGHBOURS = 200  # training planets of about one mass whose radii are mixed
LARGEST_WEIGHT = 5.0  # beyond it lie radii that few training planets have


@dataclass(frozen=True)
class RetrievalPrior:
    """Draws for a planet of known mass: a radius like its neighbours' in mass, all else uniform.

    The radii that the training planets' depths mean are a mixture of boxes, over the planets next in mass. A
    radius is drawn from the mixture of its planet; `weights` turns the mixture into the uniform prior.

    Attributes:
        bounds: that parameters are drawn between (2, P), in their units.
        star_radius: of the training planets [R_Sun] (N,), or None where the challenge does not have it.
        planet_mass: [M_Jup] (N,), or None.
        radius_column: which parameter is the radius.
        depth_radius: the radius that each training planet's depth means [R_Jup], in the order of mass (N,).
        rank: place of each training planet in that order (N,).
    """

    bounds: Tensor
    star_radius: Tensor | None = None
    planet_mass: Tensor | None = None
    radius_column: int = 0
    depth_radius: Tensor | None = None
    rank: Tensor | None = None

    @classmethod
    def of(cls, train: Split, schema: Schema) -> Self:
        """Learn from the training planets' spectra and auxiliary columns where their radii lie.

        A challenge whose planets have no radius, mass or star radius gets the uniform prior alone.

        Raises:
            HarnessError: a star's radius or a mass is not a positive number.
        """
        bounds = torch.tensor(schema.bounds, dtype=torch.float64).T.clone()
        if TEMPERATURE in schema.parameter_names and train.truth.parameters is not None:
            column = schema.parameter_names.index(TEMPERATURE)
            hottest = float(train.truth.parameters[:, column].max())
            bounds[1, column] = min(float(bounds[1, column]), HOTTER * hottest)
        star_radius, planet_mass = host_facts(train.observations.to("cpu"), schema)
        if star_radius is None or planet_mass is None or RADIUS not in schema.parameter_names:
            return cls(bounds, star_radius, planet_mass)
        order = planet_mass.argsort(stable=True)
        radius = depth_radius(train.observations.spectrum.double().cpu(), star_radius)
        return cls(
            bounds,
            star_radius,
            planet_mass,
            schema.parameter_names.index(RADIUS),
            radius[order],
            torch.empty_like(order).scatter_(0, order, torch.arange(len(order))),
        )

    @property
    def selective(self) -> bool:
        """Whether enough is known of the planets to tell their spectra from others."""
        return self.rank is not None

    @property
    def facts(self) -> Tensor:
        """Star radius [R_Sun] and planet mass [M_Jup] of each training planet (N, 2), float64."""
        assert self.star_radius is not None
        assert self.planet_mass is not None
        return torch.stack([self.star_radius, self.planet_mass], dim=1)

    def draw(self, planets: Tensor, generator: torch.Generator) -> Tensor:
        """Parameters (B, P), float64, for planets with the mass and star of training planets (B,)."""
        lower, upper = self.bounds
        unit = torch.rand(len(planets), len(lower), generator=generator, dtype=torch.float64)
        parameters: Tensor = lower + unit * (upper - lower)
        if self.depth_radius is not None:
            centres = self._centres(planets)
            chosen = torch.randint(centres.shape[1], (len(planets), 1), generator=generator)
            share = BELOW + unit[:, self.radius_column] * (ABOVE - BELOW)
            parameters[:, self.radius_column] = centres.gather(1, chosen).squeeze(1) * share
        return parameters

    def weights(self, planets: Tensor, parameters: Tensor, spectrum: Tensor) -> Tensor:
        """How much more often parameters are to be taken than they were drawn (B,), 0 for what is no planet.

        The uniform prior over the density q that the radius was drawn from, times a function of what is
        observed alone, which moves no posterior: q where the depth puts the radius. The two all but cancel,
        so that weights are near 1 and the radii observed are like those of the training planets.

        Arguments:
            planets: rows of the training planets whose mass and star were taken (B,).
            parameters: (B, P).
            spectrum: noise-free (B, W); not finite where an atmosphere is not bound.
        """
        possible = spectrum.isfinite().all(1)
        if self.depth_radius is None or self.star_radius is None:
            return possible.double()
        lower, upper = self.bounds
        possible &= ((parameters >= lower) & (parameters <= upper)).all(1) & (spectrum > 0).all(1)
        seen = depth_radius(torch.where(possible[:, None], spectrum, 1.0), self.star_radius[planets])
        weights = self._density(planets, seen) / self._density(planets, parameters[:, self.radius_column])
        return torch.where(possible, weights.clamp(max=LARGEST_WEIGHT), 0.0)

    def _centres(self, planets: Tensor) -> Tensor:
        """The depths' radii of the planets next in mass (B, K)."""
        assert self.depth_radius is not None
        assert self.rank is not None
        count = min(NEIGHBOURS, len(self.depth_radius))
        first = (self.rank[planets] - count // 2).clamp(0, len(self.depth_radius) - count)
        return self.depth_radius[first[:, None] + torch.arange(count)]

    def _density(self, planets: Tensor, radius: Tensor) -> Tensor:
        """Of the mixture that the radius is drawn from (B,) [1 / R_Jup]."""
        centres = self._centres(planets)
        inside: Tensor = (radius[:, None] >= BELOW * centres) & (radius[:, None] <= ABOVE * centres)
        density: Tensor = (inside / ((ABOVE - BELOW) * centres)).mean(1)
        return density


def depth_radius(spectrum: Tensor, star_radius: Tensor) -> Tensor:
    """The radius [R_Jup] (B,) of the opaque disc that blocks the smallest of the depths (B, W).

    Arguments:
        spectrum: transit depth.
        star_radius: [R_Sun] (B,).
    """
    return spectrum.amin(1).clamp(min=0).sqrt() * star_radius * (SUN_RADIUS / JUPITER_RADIUS)
