"""What follows from star, orbit, mass and transit depth about a planet and its atmosphere.

All quantities are natural logarithms of values in SI units, depths being fractions, in tensors (B); most
relations are sums then, and nothing overflows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from harness.data.schema import Schema
from harness.physics.constants import ATOMIC_MASS, BOLTZMANN, GRAVITATION
from harness.preprocessors.spectrum_summary import TINY, SpectrumSummary

# of hydrogen and helium at He/H2 = 0.17, the Ariel challenge's [u]
MEAN_MOLECULAR_WEIGHT = (2.016 + 0.17 * 4.0026) / 1.17

# auxiliary columns by what they are: name, unit, and that unit in SI
COLUMNS = {
    "star_radius": ("star_radius_m", "m", 1.0),
    "star_temperature": ("star_temperature", "K", 1.0),
    "planet_mass": ("planet_mass_kg", "kg", 1.0),
    "planet_distance": ("planet_distance", "AU", 1.495978707e11),
    "surface_gravity": ("planet_surface_gravity", "m/s2", 1.0),
}
DEPTH_UNITS = {"transit depth": 1.0, "transit depth [%]": 0.01}


def equilibrium_temperature(star_temperature: Tensor, star_radius: Tensor, planet_distance: Tensor) -> Tensor:
    """T_eq = T_star sqrt(R_star / (2 a)) [K]: no albedo, heat spread evenly."""
    return star_temperature + (star_radius - planet_distance - math.log(2)) / 2


def depth_radius(star_radius: Tensor, depth: Tensor) -> Tensor:
    """R = R_star sqrt(depth) [m]: the radius of an opaque disc of that transit depth."""
    return star_radius + depth / 2


def depth_gravity(planet_mass: Tensor, depth_radius: Tensor) -> Tensor:
    """g = G M / R^2 [m/s2] at the radius of the transit depth."""
    return math.log(GRAVITATION) + planet_mass - 2 * depth_radius


def scale_height(equilibrium_temperature: Tensor, depth_gravity: Tensor) -> Tensor:
    """H = k T_eq / (mu m_u g) [m], mu = 2.30 of hydrogen with helium."""
    molecule = math.log(BOLTZMANN / (MEAN_MOLECULAR_WEIGHT * ATOMIC_MASS))
    return molecule + equilibrium_temperature - depth_gravity


def relative_scale_height(scale_height: Tensor, depth_radius: Tensor) -> Tensor:
    """H / R."""
    return scale_height - depth_radius


def scale_height_depth(depth_radius: Tensor, scale_height: Tensor, star_radius: Tensor) -> Tensor:
    """2 R H / R_star^2: the transit depth of a ring one scale height wide."""
    return math.log(2) + depth_radius + scale_height - 2 * star_radius


def scale_heights_seen(amplitude: Tensor, scale_height_depth: Tensor) -> Tensor:
    """The spread of the spectrum over channels in scale heights."""
    return amplitude - scale_height_depth


def signal_to_noise(amplitude: Tensor, noise: Tensor) -> Tensor:
    """The spread of the spectrum over channels over the noise of a channel."""
    return amplitude - noise


def expected_signal_to_noise(scale_height_depth: Tensor, noise: Tensor) -> Tensor:
    """One scale height's transit depth over the noise of a channel."""
    return scale_height_depth - noise


def gravity_radius(planet_mass: Tensor, surface_gravity: Tensor) -> Tensor:
    """R = sqrt(G M / g) [m] of the surface gravity in the table."""
    return (math.log(GRAVITATION) + planet_mass - surface_gravity) / 2


@dataclass(frozen=True)
class Fact:
    """A relation, and the quantities that it is called with, in that order."""

    of: Callable[..., Tensor]
    needs: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.of.__name__


# each after those that it needs
FACTS = (
    Fact(equilibrium_temperature, ("star_temperature", "star_radius", "planet_distance")),
    Fact(depth_radius, ("star_radius", "depth")),
    Fact(depth_gravity, ("planet_mass", "depth_radius")),
    Fact(scale_height, ("equilibrium_temperature", "depth_gravity")),
    Fact(relative_scale_height, ("scale_height", "depth_radius")),
    Fact(scale_height_depth, ("depth_radius", "scale_height", "star_radius")),
    Fact(scale_heights_seen, ("amplitude", "scale_height_depth")),
    Fact(signal_to_noise, ("amplitude", "noise")),
    Fact(expected_signal_to_noise, ("scale_height_depth", "noise")),
    Fact(gravity_radius, ("planet_mass", "surface_gravity")),
)


def measured(schema: Schema) -> tuple[str, ...]:
    """The quantities that a challenge's observations hold themselves."""
    columns = {(column.name, column.unit) for column in schema.auxiliary}
    given = [what for what, (name, unit, _) in COLUMNS.items() if (name, unit) in columns]
    if schema.spectrum_unit in DEPTH_UNITS:
        given += ["depth", "amplitude", "noise"]
    return tuple(given)


def derivable(given: tuple[str, ...]) -> tuple[Fact, ...]:
    """The facts that follow from given quantities."""
    known, facts = set(given), []
    for fact in FACTS:
        if known.issuperset(fact.needs):
            known.add(fact.name)
            facts.append(fact)
    return tuple(facts)


def evaluate(
    schema: Schema, facts: tuple[Fact, ...], spectrum: Tensor, noise: Tensor, auxiliary: Tensor
) -> Mapping[str, Tensor]:
    """What is measured, and the facts, of each planet: logarithms of SI values (B), float64.

    Arguments:
        spectrum, noise: in the schema's unit (B, W).
        auxiliary: in the units of the schema's columns (B, A); what is not positive counts as tiny.
    """
    logs: dict[str, Tensor] = {}
    names = schema.auxiliary_names
    for what in measured(schema):
        if what in COLUMNS:
            name, _, unit = COLUMNS[what]
            logs[what] = (auxiliary[:, names.index(name)].double().clamp(min=TINY) * unit).log()
    if schema.spectrum_unit in DEPTH_UNITS:
        summary = SpectrumSummary.of(spectrum, noise)
        unit_log = math.log(DEPTH_UNITS[schema.spectrum_unit])
        logs["depth"] = summary.log_depth + unit_log
        logs["amplitude"] = summary.spread.log() + unit_log
        logs["noise"] = summary.noise.log() + unit_log
    for fact in facts:
        logs[fact.name] = fact.of(*(logs[what] for what in fact.needs))
    return logs
