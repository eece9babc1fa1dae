"""The parameters of a retrieval with the bounds of their uniform priors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from harness.data.schema import Parameter
from harness.errors import HarnessError, nearest_match
from harness.physics.planet_settings import Bounds, PlanetSettings
from harness.real_spectra.plausibility import planet_radius
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum

RADIUS_BELOW, RADIUS_ABOVE = 0.8, 1.2  # of the radius that the median depth makes
OFFSET = 500.0  # ppm
JITTER = (0.0, 3.3)  # log10 ppm
COLDEST_SPOT, WARMEST_FACULA = 0.6, 1.25  # of the star's temperature

_UNIT = re.compile(r"\[([^\[\]]*)\]")


def default_priors(
    names: Sequence[str],
    planet: PlanetSettings,
    spectrum: MeasuredSpectrum,
    host: HostFacts,
    given: Mapping[str, Bounds],
) -> tuple[Parameter, ...]:
    """A parameter of each name, with the bounds that its user gives or that are usual.

    Usual are those of the planet model (`PlanetSettings.parameters`), but for the radius, which lies around
    the one that the median depth makes, and the temperatures of spots, which lie around the star's.

    Raises:
        HarnessError: bounds are given of no such parameter, or they exclude everything.
    """
    for name in given:
        if name not in names:
            raise HarnessError(
                f"--prior names {name}, which is no parameter of this retrieval{nearest_match(name, names)}; "
                f"there is: {', '.join(names)}."
            )
    parameters = []
    for name in names:
        unit, usual = _usual(name, planet, spectrum, host)
        lower, upper = given.get(name, usual)
        try:
            parameters.append(Parameter(name=name, unit=unit, lower=lower, upper=upper))
        except ValidationError as error:
            raise HarnessError(
                f"The prior of {name} from {lower:g} to {upper:g} excludes everything; give it a lower and a "
                "higher bound."
            ) from error
    return tuple(parameters)


def _usual(
    name: str, planet: PlanetSettings, spectrum: MeasuredSpectrum, host: HostFacts
) -> tuple[str, Bounds]:
    if name == "planet_radius":
        seen = planet_radius(spectrum.depth, host)
        return "R_Jup", (RADIUS_BELOW * seen, RADIUS_ABOVE * seen)
    if name == "planet_mass":
        return "M_Jup", (host.planet_mass / 2, host.planet_mass * 2)
    if name.startswith("offset_"):
        return "ppm", (-OFFSET, OFFSET)
    if name.startswith("log_jitter_"):
        return "log10 ppm", JITTER
    if name.removeprefix("log_") in planet.gases:
        return "log10 VMR", planet.parameters[name][1]
    if host.star_temperature is not None and name == "spot_temperature":
        return "K", (COLDEST_SPOT * host.star_temperature, host.star_temperature)
    if host.star_temperature is not None and name == "faculae_temperature":
        return "K", (host.star_temperature, WARMEST_FACULA * host.star_temperature)
    described, bounds = planet.parameters[name]
    unit = _UNIT.search(described)
    return unit[1] if unit else "", bounds
