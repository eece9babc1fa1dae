"""In which quantities a network sees atmospheres, and in which it says what their spectra are."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from harness.data.host_facts import PLANET_MASS, STAR_RADIUS
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.physics.atmosphere import Layers
from harness.physics.constants import (
    BOLTZMANN,
    GRAVITATION,
    JUPITER_MASS,
    JUPITER_RADIUS,
    SUN_RADIUS,
)
from harness.physics.molecules import molecular_mass
from harness.physics.transmission import HELIUM
from harness_emulator.mixture import Mixture

RADIUS, TEMPERATURE = ("planet_radius", "R_Jup"), ("planet_temp", "K")
# A model's atmosphere spans 25.3 e-foldings of pressure. A planet whose radius is fewer scale heights does
# not hold it: pressure does not fall so far at any distance, and what models make of it fits no star.
LEAST_HOLD = math.log(Layers.bottom / Layers.top)
COLDEST = 1.0  # K; a temperature of 0 has no scale height


class Frame(nn.Module, ABC):
    """Turns parameters and facts into a network's inputs, and its outputs into spectra.

    Attributes:
        needs: auxiliary columns that it must be told.
        n_inputs, n_outputs: numbers that the network is given, and that it says.
    """

    needs: tuple[str, ...] = ()
    n_inputs: int
    n_outputs: int

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        lower, upper = torch.tensor(schema.bounds, dtype=torch.float64).T
        self.register_buffer("lower", lower.clone(), persistent=False)
        self.register_buffer("upper", upper.clone(), persistent=False)
        self.lower: Tensor
        self.upper: Tensor

    def scaled(self, parameters: Tensor) -> Tensor:
        """From -1 to 1 within the bounds (B, P)."""
        return 2 * (parameters - self.lower) / (self.upper - self.lower) - 1

    @abstractmethod
    def inputs(self, parameters: Tensor, star_radius: Tensor | None, planet_mass: Tensor | None) -> Tensor:
        """What the network is given (B, F), float64; not a number where there is no planet."""

    def head(self) -> nn.Module | None:
        """What makes one number for each channel of what the network says; None where it says these."""
        return None

    def headed(self, head: nn.Module | None, said: Tensor, inputs: Tensor) -> Tensor:
        """Outputs (B, W), of what the network says (B, n_outputs) of inputs (B, F)."""
        return said

    def begin(self, head: nn.Module | None, inputs: Tensor, outputs: Tensor) -> None:
        """Let the head begin where outputs (N, W) of inputs (N, F) are met on the whole."""

    @abstractmethod
    def targets(
        self,
        spectrum: Tensor,
        parameters: Tensor,
        star_radius: Tensor | None,
        planet_mass: Tensor | None,
    ) -> Tensor:
        """Outputs (B, W) that mean a spectrum, float64."""

    @abstractmethod
    def spectra(
        self,
        outputs: Tensor,
        parameters: Tensor,
        star_radius: Tensor | None,
        planet_mass: Tensor | None,
    ) -> Tensor:
        """The spectra that outputs (B, W) mean, float64."""

    @abstractmethod
    def sensitivity(
        self,
        spectrum: Tensor,
        parameters: Tensor,
        star_radius: Tensor | None,
        planet_mass: Tensor | None,
    ) -> Tensor:
        """How far a spectrum moves where an output moves by 1 (B, W)."""


class PlainFrame(Frame):
    """Parameters as they are, within their bounds; spectra as they are."""

    def __init__(self, schema: Schema, needs: tuple[str, ...]) -> None:
        super().__init__(schema)
        self.needs = needs
        self.n_inputs, self.n_outputs = len(schema.parameters) + len(needs), len(schema.wavelength)

    def inputs(self, parameters: Tensor, star_radius: Tensor | None, planet_mass: Tensor | None) -> Tensor:
        facts = {STAR_RADIUS: star_radius, PLANET_MASS: planet_mass}
        columns = [_given(facts[name]).double().log()[:, None] for name in self.needs]
        return torch.cat([self.scaled(parameters.double()), *columns], dim=1)

    def targets(
        self,
        spectrum: Tensor,
        parameters: Tensor,
        star_radius: Tensor | None,
        planet_mass: Tensor | None,
    ) -> Tensor:
        return spectrum.double()

    def spectra(
        self,
        outputs: Tensor,
        parameters: Tensor,
        star_radius: Tensor | None,
        planet_mass: Tensor | None,
    ) -> Tensor:
        return outputs.double()

    def sensitivity(
        self,
        spectrum: Tensor,
        parameters: Tensor,
        star_radius: Tensor | None,
        planet_mass: Tensor | None,
    ) -> Tensor:
        return torch.ones_like(spectrum)


class AltitudeFrame(Frame):
    r"""Transit depths of planets with a bound isothermal atmosphere, as altitudes in scale heights.

    With the scale height H = k T / (m g) under gravity that falls with the square of the distance, the radius
    r at which pressure has fallen by x e-foldings is, in closed form,

    .. math:: r = \frac{R}{1 - x H / R}, \qquad d = (r / R_\star)^2 .

    x of each channel is smooth in everything: star, size and gravity are in the formula. It depends on
    temperature, abundances, R / H, and the air along the line of sight, the square root of R H over T; these
    are the network's inputs. What it says is how opaque each gas is (see `Mixture`).
    """

    needs = (STAR_RADIUS, PLANET_MASS)

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        names = [(parameter.name, parameter.unit) for parameter in schema.parameters]
        self._radius, self._temperature = names.index(RADIUS), names.index(TEMPERATURE)
        self._gases = [(column, mass) for column, name in enumerate(names) if (mass := _mass(name[0]))]
        self.n_inputs = len(names) + 4
        self.n_outputs = (len(self._gases) + 1) * len(schema.wavelength)
        self._n_channels = len(schema.wavelength)

    def head(self) -> Mixture:
        return Mixture(len(self._gases), self._n_channels)

    def headed(self, head: nn.Module | None, said: Tensor, inputs: Tensor) -> Tensor:
        altitudes: Tensor = head(said, *self._air(inputs)) if head is not None else said
        return altitudes

    def begin(self, head: nn.Module | None, inputs: Tensor, outputs: Tensor) -> None:
        if isinstance(head, Mixture):
            logarithms, column, _ = self._air(inputs)
            head.begin_at(outputs, logarithms, column)

    def _air(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Natural logarithms of the mixing ratios (B, G) and of the column (B,), and R / H (B,)."""
        gases = [column for column, _ in self._gases]
        lower, upper = self.lower[gases].to(inputs), self.upper[gases].to(inputs)
        decimal = lower + (inputs[:, gases] + 1) / 2 * (upper - lower)
        return math.log(10) * decimal, inputs[:, -1], inputs[:, -3].exp()

    def inputs(self, parameters: Tensor, star_radius: Tensor | None, planet_mass: Tensor | None) -> Tensor:
        radius, hold = self._hold(parameters, planet_mass)
        height = radius / hold
        temperature = parameters[:, self._temperature].double().clamp(min=COLDEST)
        column = 0.5 * (radius * height).log() - temperature.log()
        facts = torch.stack([temperature.log(), hold.log(), 10 / hold, column], dim=1)
        return torch.cat([self.scaled(parameters.double()), facts], dim=1)

    def targets(
        self,
        spectrum: Tensor,
        parameters: Tensor,
        star_radius: Tensor | None,
        planet_mass: Tensor | None,
    ) -> Tensor:
        radius, hold = self._hold(parameters, planet_mass)
        seen = (
            spectrum.double().sqrt() * _given(star_radius).double()[:, None] * (SUN_RADIUS / JUPITER_RADIUS)
        )
        return hold[:, None] * (1 - radius[:, None] / seen)

    def spectra(
        self,
        outputs: Tensor,
        parameters: Tensor,
        star_radius: Tensor | None,
        planet_mass: Tensor | None,
    ) -> Tensor:
        radius, hold = self._hold(parameters, planet_mass)
        star = _given(star_radius).double() * (SUN_RADIUS / JUPITER_RADIUS)
        share = (outputs.double() / hold[:, None]).clamp(max=0.99)
        return ((radius / star)[:, None] / (1 - share)).square()

    def sensitivity(
        self,
        spectrum: Tensor,
        parameters: Tensor,
        star_radius: Tensor | None,
        planet_mass: Tensor | None,
    ) -> Tensor:
        radius, hold = self._hold(parameters, planet_mass)
        star = _given(star_radius).double() * (SUN_RADIUS / JUPITER_RADIUS)
        return 2 * spectrum.double().pow(1.5) * (star / (radius * hold))[:, None]

    def _hold(self, parameters: Tensor, planet_mass: Tensor | None) -> tuple[Tensor, Tensor]:
        """Radius [R_Jup] and R / H (B,), float64; the latter not a number where no atmosphere is held."""
        parameters = parameters.double()
        radius = parameters[:, self._radius]
        temperature = parameters[:, self._temperature].clamp(min=COLDEST)
        mass = molecular_mass("H2") + HELIUM * molecular_mass("He")
        rest = mass / (1 + HELIUM)
        molecule = torch.full_like(radius, rest)
        for column, own in self._gases:
            molecule = molecule + 10 ** parameters[:, column] * (own - rest)
        pull = GRAVITATION * JUPITER_MASS / JUPITER_RADIUS * _given(planet_mass).double()
        hold = molecule * pull / (BOLTZMANN * temperature * radius)
        return radius, torch.where(hold >= LEAST_HOLD, hold, torch.nan)


def frame_of(schema: Schema, needs: tuple[str, ...]) -> Frame:
    """The frame that suits a challenge: altitudes where it has what they need, else plain."""
    names = [(parameter.name, parameter.unit) for parameter in schema.parameters]
    transits = schema.spectrum_unit == "transit depth" and set(AltitudeFrame.needs) <= set(needs)
    if transits and RADIUS in names and TEMPERATURE in names:
        return AltitudeFrame(schema)
    return PlainFrame(schema, needs)


def _mass(name: str) -> float | None:
    """Of the molecule whose log10 mixing ratio a parameter is [kg]; None where it is none."""
    found = re.fullmatch(r"log_(\w+)", name)
    try:
        return molecular_mass(found[1]) if found else None
    except HarnessError:
        return None


def _given(fact: Tensor | None) -> Tensor:
    if fact is None:
        raise HarnessError(
            "The emulator needs star radius and planet mass, which the challenge lacks; give them."
        )
    return fact
