"""A retrieval that disagrees with the simulation whose spectra it is given, in ways that can be learned.

The reference posteriors of the Ariel Data Challenge 2023 do not lie where the parameters behind the spectra
are. Displacing posteriors at random (`harness.simulation.misfit`) shows how a method copes with what cannot
be learned; here they are wrong as retrievals are: by what they take for granted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from torch import Tensor

from harness.challenges.ariel2023.layout import AUXILIARY
from harness.components import ForwardModel
from harness.data.host_facts import PLANET_MASS
from harness.data.observations import Observations
from harness.errors import HarnessError
from harness.physics import Layers
from harness.physics.radius_convention import radius_at

MASS = tuple(column.name for column in AUXILIARY).index(PLANET_MASS)


@dataclass(frozen=True)
class Assumptions:
    """What a retrieval takes for granted.

    Attributes:
        reference: pressure [Pa] at which its planet radius is; the simulation's is at the bottom, 1e6 Pa.
        mass_error: its masses are too small by this share for the smallest planets, and too large by as much
            for the largest; it changes over about a decade of mass.
        mass_pivot: log10 of the mass [kg] that it has right.
        noise: its error bars over the noise.
    """

    reference: float = 2e5
    mass_error: float = 0.1
    mass_pivot: float = 26.5
    noise: float = 0.8

    def seen(self, planets: Observations) -> Observations:
        """The planets as the retrieval sees them: with its masses and its error bars.

        Arguments:
            planets: N planets with the auxiliary columns of the Ariel challenge.
        """
        auxiliary = planets.auxiliary.clone()
        place = (auxiliary[:, MASS].log10() - self.mass_pivot) / 0.5
        auxiliary[:, MASS] = auxiliary[:, MASS] * (1 + self.mass_error * place.tanh())
        return replace(planets, noise=planets.noise * self.noise, auxiliary=auxiliary)


class ReferencedModel(ForwardModel):
    """A forward model whose planet radius is that at another pressure (`radius_at`).

    Arguments:
        inner: of radius at the bottom, temperature and log10 mixing ratios of the challenge's five gases.
        reference: the pressure of the radius [Pa].
    """

    def __init__(self, inner: ForwardModel, reference: float) -> None:
        self._inner, self._reference = inner, reference
        self.needs, self.parallel = inner.needs, inner.parallel

    @property
    def identity(self) -> str:
        return f"radius at {self._reference:g} Pa, {self._inner.identity}"

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        if planet_mass is None:
            raise HarnessError("A radius at another pressure needs the planet's mass; give it.")
        values = parameters.double().clone()
        log_ratio = math.log(Layers().bottom / self._reference)
        values[:, 0] = radius_at(values, planet_mass.double(), log_ratio)
        return self._inner(values, star_radius, planet_mass)
