"""The parameters of a retrieval with the bounds of their uniform priors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from harness.data.schema import Parameter
from harness.errors import HarnessError, nearest_match
from harness.real_spectra.plausibility import planet_radius
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum

RADIUS_BELOW, RADIUS_ABOVE = 0.6, 1.15  # of the radius that the mean depth makes, of the model's lowest layer
OFFSET = 500.0  # ppm
JITTER = (0.0, 3.3)  # log10 ppm

# (unit, lower, upper) by the name of a parameter, or by how it begins
KNOWN = {
    "planet_temp": ("K", 300.0, 3000.0),
    "log_": ("", -12.0, -0.5),
}


def default_priors(
    names: Sequence[str], spectrum: MeasuredSpectrum, host: HostFacts, given: Mapping[str, tuple[float, float]]
) -> tuple[Parameter, ...]:
    """A parameter of each name, with the bounds that its user gives or that are usual.

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
        unit, lower, upper = _usual(name, spectrum, host)
        lower, upper = given.get(name, (lower, upper))
        try:
            parameters.append(Parameter(name=name, unit=unit, lower=lower, upper=upper))
        except ValidationError as error:
            raise HarnessError(
                f"The prior of {name} from {lower:g} to {upper:g} excludes everything; give it a lower and a "
                "higher bound."
            ) from error
    return tuple(parameters)


def _usual(name: str, spectrum: MeasuredSpectrum, host: HostFacts) -> tuple[str, float, float]:
    if name == "planet_radius":
        seen = planet_radius(spectrum.depth, host)
        return "R_Jup", RADIUS_BELOW * seen, RADIUS_ABOVE * seen
    if name == "planet_mass":
        return "M_Jup", host.planet_mass / 2, host.planet_mass * 2
    if name.startswith("offset "):
        return "ppm", -OFFSET, OFFSET
    if name.startswith("log_jitter "):
        return "log10 ppm", *JITTER
    found = KNOWN.get(name) or next(
        (known for start, known in KNOWN.items() if start.endswith("_") and name.startswith(start)), None
    )
    if found is None:
        raise HarnessError(f"There is no usual prior of {name}; give one with --prior {name}=LOW,HIGH.")
    return found
