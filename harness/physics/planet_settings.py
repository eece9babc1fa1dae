"""What a model of a real planet consists of, and the parameters that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from harness.errors import HarnessError

Temperature = Literal["isothermal", "guillot", "nodes"]
Clouds = Literal["none", "deck", "haze", "patchy"]
Star = Literal["none", "spots"]

Bounds = tuple[float, float]

# name -> what it is, with its unit, and how far it may reach
TEMPERATURES: dict[str, dict[str, tuple[str, Bounds]]] = {
    "isothermal": {"planet_temp": ("temperature [K]", (300.0, 3000.0))},
    "guillot": {
        "irradiation_temp": ("irradiation temperature T_irr [K]", (300.0, 3000.0)),
        "log_kappa_ir": ("log10 of the thermal opacity [m2/kg]", (-6.0, 0.0)),
        "log_gamma": ("log10 of the visible opacity over the thermal one", (-2.0, 1.0)),
    },
    "nodes": {},
}
CLOUDS: dict[str, dict[str, tuple[str, Bounds]]] = {
    "none": {},
    "deck": {"log_cloud_pressure": ("log10 of the pressure at the top of the deck [Pa]", (-1.0, 6.0))},
    "haze": {
        "log_haze": ("log10 of the scattering over that of H2, at 0.35 um", (-4.0, 8.0)),
        "haze_slope": ("power of the wavelength: -4 for Rayleigh scattering", (-20.0, 2.0)),
    },
}
CLOUDS["patchy"] = {
    **CLOUDS["deck"],
    **CLOUDS["haze"],
    "cloud_fraction": ("share of the limb under deck and haze", (0.0, 1.0)),
}
STARS: dict[str, dict[str, tuple[str, Bounds]]] = {
    "none": {},
    "spots": {
        "spot_fraction": ("share of the star's disc", (0.0, 0.5)),
        "spot_temperature": ("[K]", (2000.0, 6500.0)),
        "faculae_fraction": ("share of the star's disc", (0.0, 0.5)),
        "faculae_temperature": ("[K]", (3000.0, 8000.0)),
    },
}
GAS_BOUNDS: Bounds = (-12.0, -1.0)


@dataclass(frozen=True)
class PlanetSettings:
    """Which gases, temperature profile, clouds and star a `PlanetModel` has.

    Attributes:
        gases: absorbing gases, of constant abundance; H2 and He fill the rest.
        temperature: "isothermal"; "guillot", the profile of Guillot (2010) with one visible stream; or
            "nodes", temperatures at `node_pressures`, linear in log pressure between them, constant beyond.
        clouds: "none"; "deck", nothing passes below its top; "haze", a power law of the wavelength; or
            "patchy", both over a share of the limb (MacDonald and Madhusudhan, MNRAS 469, 1979, 2017).
        star: "none", or "spots" for unocculted spots and faculae (Rackham et al., ApJ 853, 122, 2018).
        cia: collision-induced absorption of H2-H2 and H2-He.
        rayleigh: Rayleigh scattering.
        reference_pressure: pressure [Pa] at which the planet has `planet_radius`; None for the bottom of the
            atmosphere, as TauREx 3 has it.
        internal_temperature: of Guillot's profile [K].
        node_pressures: [Pa], from the bottom up, for "nodes".

    Raises:
        HarnessError: a setting is none of these.
    """

    gases: tuple[str, ...]
    temperature: Temperature = "isothermal"
    clouds: Clouds = "none"
    star: Star = "none"
    cia: bool = True
    rayleigh: bool = True
    reference_pressure: float | None = None
    internal_temperature: float = 100.0
    node_pressures: tuple[float, ...] = (1e5, 10**3.5, 1e2, 10**0.5, 1e-1)

    def __post_init__(self) -> None:
        for what, value, known in (
            ("temperature profile", self.temperature, TEMPERATURES),
            ("clouds", self.clouds, CLOUDS),
            ("star", self.star, STARS),
        ):
            if value not in known:
                raise HarnessError(
                    f"The {what} of a planet model cannot be '{value}'; choose one of {', '.join(known)}."
                )
        if isinstance(self.gases, str) or not self.gases:
            raise HarnessError(
                f"The gases are given as {self.gases!r}; expected a list of at least one molecule."
            )
        object.__setattr__(self, "gases", tuple(self.gases))
        for gas in self.gases:
            if self.gases.count(gas) > 1 or gas in ("H2", "He"):
                raise HarnessError(
                    f"The gas {gas} is named twice or fills the atmosphere already; name each absorbing gas "
                    "once."
                )
        nodes = self.node_pressures
        if len(nodes) < 2 or nodes[-1] <= 0 or any(a <= b for a, b in pairwise(nodes)):
            raise HarnessError(
                f"The pressures of the temperature nodes are {nodes}; expected at least two above 0 Pa, "
                "from the highest to the lowest."
            )
        if self.reference_pressure is not None and not self.reference_pressure > 0:
            raise HarnessError(f"The reference pressure {self.reference_pressure:g} is not above 0 Pa.")

    @property
    def parameters(self) -> dict[str, tuple[str, Bounds]]:
        """Every parameter in the order of the columns: what it is, and how far it may reach.

        The bounds are wide; a retrieval may take them as uniform priors. Those of the radius are for any
        planet.
        """
        return {
            "planet_radius": ("radius of the planet [R_Jup]", (0.1, 3.0)),
            **self.temperature_parameters,
            **{f"log_{gas}": (f"log10 of the mixing ratio of {gas}", GAS_BOUNDS) for gas in self.gases},
            **CLOUDS[self.clouds],
            **STARS[self.star],
        }

    @property
    def temperature_parameters(self) -> dict[str, tuple[str, Bounds]]:
        """Those of the temperature profile."""
        if self.temperature != "nodes":
            return TEMPERATURES[self.temperature]
        return {
            f"temp_{number}": (f"temperature at {pressure:.3g} Pa [K]", (300.0, 3000.0))
            for number, pressure in enumerate(self.node_pressures, start=1)
        }

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The columns of a model's parameters."""
        return tuple(self.parameters)
