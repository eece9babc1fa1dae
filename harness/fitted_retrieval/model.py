"""A retrieval as a forward model, a radius convention, masses and error bars of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from harness.components import ForwardModel
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS
from harness.data.observations import Observations
from harness.errors import HarnessError
from harness.fitted_opacities.corrections import Corrections
from harness.physics import GASES, TransmissionModel
from harness.physics.radius_convention import bound, radius_at

NEAREST = 1e-6  # [dex] that knots are apart at least
MASSES = 10  # at which the share is learned by which a retrieval takes them for larger


class RetrievalChanges(nn.Module):
    """In what a retrieval may differ from a forward model that makes the spectra.

    Arguments:
        pairs: of collision-induced absorption in the forward model.
        points: its wavenumbers.

    Attributes:
        corrections: factors on the cross-sections.
        convention: natural logarithm of the pressure at the bottom over that of the planet's radius.
        masses: what the natural logarithms of some masses are off by; linear in log10 of the mass between
            them, and as at the last one beyond.
        noise: natural logarithm of the error bars over the noise.
        knots: log10 of these masses [M_Jup], ascending: quantiles of those that were learned from.
    """

    knots: Tensor

    def __init__(self, pairs: int, points: int) -> None:
        super().__init__()
        self.corrections = Corrections(len(GASES), pairs, points)
        nn.init.zeros_(self.corrections.strength)
        self.convention = nn.Parameter(torch.zeros((), dtype=torch.float64))
        self.masses = nn.Parameter(torch.zeros(MASSES, dtype=torch.float64))
        self.noise = nn.Parameter(torch.zeros((), dtype=torch.float64))
        self.register_buffer("knots", torch.linspace(-1, 1, MASSES, dtype=torch.float64))

    def look_at(self, planet_mass: Tensor) -> None:
        """Take the knots from planets' masses [M_Jup] (N,)."""
        shares = torch.linspace(0, 1, MASSES, dtype=torch.float64)
        knots = planet_mass.double().log10().quantile(shares)
        apart = torch.arange(MASSES, dtype=torch.float64) * NEAREST  # planets may share a mass
        self.knots.copy_(knots + apart)

    def mass(self, planet_mass: Tensor) -> Tensor:
        """What the retrieval takes masses [M_Jup] (B,) for."""
        place = planet_mass.log10()
        right = torch.searchsorted(self.knots, place.detach()).clamp(1, MASSES - 1)
        low, high = self.knots[right - 1], self.knots[right]
        share = ((place - low) / (high - low)).clamp(0, 1)
        off = torch.lerp(self.masses[right - 1], self.masses[right], share)
        return planet_mass * off.exp()


class FittedRetrieval(ForwardModel):
    """What a retrieval that was learned computes, beside what it is given.

    Arguments:
        model: of the cross-sections that the changes are changes of.
        changes: what was learned.
        identity: changes with what was learned from.
    """

    needs = (STAR_RADIUS, PLANET_MASS)
    parallel = True

    def __init__(self, model: TransmissionModel, changes: RetrievalChanges, identity: str) -> None:
        self.model, self.changes, self._identity = model, changes, identity
        with torch.no_grad():
            self._changed = model.holding(changes.corrections.applied(model.extinction))

    @property
    def identity(self) -> str:
        return self._identity

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        if star_radius is None or planet_mass is None:
            raise HarnessError("The retrieval needs star radius and planet mass; give them.")
        with torch.no_grad():
            told, mass = as_told(self.changes, parameters.double(), planet_mass.double())
            return self._changed.binned(told, star_radius, mass)

    def seen(self, observations: Observations) -> Observations:
        """Planets with the error bars of the retrieval."""
        scale = self.changes.noise.detach().exp().to(observations.noise)
        return replace(observations, noise=observations.noise * scale)

    @property
    def reference_pressure(self) -> float:
        """Of the planet's radius [Pa]."""
        return self.model.layers.bottom * math.exp(-float(self.changes.convention))

    @property
    def noise(self) -> float:
        """Its error bars over the noise."""
        return math.exp(float(self.changes.noise))

    def state(self) -> dict[str, Tensor]:
        """What was learned."""
        return {name: value.detach().clone() for name, value in self.changes.state_dict().items()}

    @classmethod
    def restored(
        cls, model: TransmissionModel, state: Mapping[str, Tensor], identity: str
    ) -> FittedRetrieval:
        """One whose `state` was kept."""
        changes = RetrievalChanges(len(model.extinction.cia), len(model.wavenumber)).to(model.device)
        changes.load_state_dict(state)
        return cls(model, changes.requires_grad_(False), identity)


def as_told(changes: RetrievalChanges, parameters: Tensor, planet_mass: Tensor) -> tuple[Tensor, Tensor]:
    """Parameters (B, P) with the radius at the bottom, and masses (B,), with gradients."""
    mass = changes.mass(planet_mass)
    radius = radius_at(parameters, mass, changes.convention)
    return torch.cat([radius[:, None], parameters[:, 1:]], dim=1), mass


def bound_rows(model: TransmissionModel, parameters: Tensor, planet_mass: Tensor) -> Tensor:
    """Which of the parameters, as `as_told` gives them, make a bound atmosphere (B,)."""
    layers = model.layers
    return bound(parameters.detach(), planet_mass.detach(), math.log(layers.top / layers.bottom))
