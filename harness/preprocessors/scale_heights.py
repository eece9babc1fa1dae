"""Spectra as heights in the planet's atmosphere, counted in scale heights.

What a retrieval with a wide prior sees is spectrum, noise, star radius and planet mass. Depth becomes
height, and height is divided by the scale height of one temperature for all planets: two planets with the
same air then look alike, whatever their size and star. Nothing is divided by what noise makes larger, so
that a noise-free spectrum is one among those that noise was drawn on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn
from torch.distributions import Transform

from harness.components import FeatureLayout, Preprocessor
from harness.data.schema import Schema
from harness.data.split import Split
from harness.physics.constants import ATOMIC_MASS, BOLTZMANN, GRAVITATION, JUPITER_RADIUS
from harness.preprocessors.planet_facts import COLUMNS, DEPTH_UNITS, MEAN_MOLECULAR_WEIGHT
from harness.preprocessors.scaling import Scaling
from harness.preprocessors.spectrum_summary import with_and_without_noise
from harness.preprocessors.standardize import ColumnScaler
from harness.transforms.planet_probit import PlanetProbit

RADIUS = ("planet_radius", "R_Jup")
TEMPERATURE = 1000.0  # of the scale height [K]
# What no planet is below; numbers stay finite there.
LEAST_DEPTH, LEAST_STAR, LEAST_MASS = 1e-8, 1e5, 1e20  # fraction, m, kg
FARTHEST = 50.0  # scale heights
# The radius at the bottom of the atmosphere lies about so many scale heights under the mean of the depths.
BELOW = 6.0


@dataclass(frozen=True)
class Heights:
    """Spectra (B, W) as heights.

    Attributes:
        height: of each channel over the mean, in scale heights (B, W).
        error: 1-sigma noise of each height, in scale heights (B, W).
        radius: mean of R_star sqrt(depth) weighted by 1 / noise^2 [R_Jup] (B,).
        scale_height: k 1000 K / (2.30 u g), g = G M / radius^2 [R_Jup] (B,).
        log_gravity: natural logarithm of g [m/s2] (B,).
        log_mass: natural logarithm of the planet's mass [kg] (B,).
    """

    height: Tensor
    error: Tensor
    radius: Tensor
    scale_height: Tensor
    log_gravity: Tensor
    log_mass: Tensor

    @classmethod
    def of(cls, schema: Schema, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Self:
        """Heights of spectra and noise in the schema's unit, auxiliary columns in their units."""
        star_radius = (
            _column(schema, "star_radius", auxiliary).clamp(min=LEAST_STAR)[:, None] / JUPITER_RADIUS
        )
        mass = _column(schema, "planet_mass", auxiliary).clamp(min=LEAST_MASS)
        unit = DEPTH_UNITS[schema.spectrum_unit]
        depth, sigma = spectrum.double() * unit, noise.double() * unit
        radii = star_radius * depth.clamp(min=LEAST_DEPTH).sqrt()
        errors = star_radius**2 * sigma / (2 * radii)
        weight = 1 / (sigma**2 + LEAST_DEPTH**2)
        radius = (weight * radii).sum(dim=-1) / weight.sum(dim=-1)
        gravity = GRAVITATION * mass / (radius * JUPITER_RADIUS) ** 2
        scale = BOLTZMANN * TEMPERATURE / (MEAN_MOLECULAR_WEIGHT * ATOMIC_MASS * gravity) / JUPITER_RADIUS
        height = ((radii - radius[:, None]) / scale[:, None]).clamp(-FARTHEST, FARTHEST)
        return cls(height, errors / scale[:, None], radius, scale, gravity.log(), mass.log())

    def features(self) -> Tensor:
        """Heights, logarithms of their errors, and five facts of the planet (B, 2 W + 5), float64."""
        rms = (self.height.square().mean(dim=-1) + 1e-6).sqrt()
        facts = (
            self.log_gravity,
            self.radius.log(),
            self.log_mass,
            self.scale_height.log() - self.radius.log(),
            rms.log(),
        )
        return torch.cat([self.height, self.error.clamp(1e-6, 1e6).log(), torch.stack(facts, dim=-1)], dim=-1)


FACTS = ("gravity", "mean radius", "mass", "scale height", "contrast")  # logarithms


def _column(schema: Schema, what: str, auxiliary: Tensor) -> Tensor:
    name, _, unit = COLUMNS[what]
    return auxiliary[:, schema.auxiliary_names.index(name)].double() * unit


def lacking(schema: Schema) -> list[str]:
    """What a challenge lacks: a column of star radius or planet mass, or transit depths as spectra."""
    columns = {(column.name, column.unit) for column in schema.auxiliary}
    needed = [COLUMNS[what][:2] for what in ("star_radius", "planet_mass")]
    missing = [f"no column {name} [{unit}]" for name, unit in needed if (name, unit) not in columns]
    return missing + ["no transit depths"] * (schema.spectrum_unit not in DEPTH_UNITS)


class ScaleHeightFeatures(nn.Module):
    """Heights, their errors and five facts of the planet (B, 2 W + 5), standardized over training planets."""

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self.schema = schema
        self.scaling = Scaling(2 * len(schema.wavelength) + len(FACTS))

    def forward(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        scaled: Tensor = self.scaling(Heights.of(self.schema, spectrum, noise, auxiliary).features())
        return scaled


class ScaleHeights(Preprocessor):
    """Spectra and radius in scale heights of the planet: for methods that learn the retrieval's own prior.

    Of the auxiliary columns only star radius and planet mass are used, which is all that a retrieval uses.
    On a challenge without them it is `standardize` with the noise.
    """

    def architecture(self, schema: Schema) -> nn.Module:
        if not lacking(schema):
            return ScaleHeightFeatures(schema)
        return ColumnScaler(2 * len(schema.wavelength) + len(schema.auxiliary), include_noise=True)

    def fit(self, train: Split, schema: Schema) -> nn.Module:
        module, seen = self.architecture(schema), train.observations
        spectrum, noise = with_and_without_noise(seen.spectrum, seen.noise)
        auxiliary = seen.auxiliary.repeat(2, 1)
        if isinstance(module, ScaleHeightFeatures):
            module.scaling.learn(Heights.of(schema, spectrum, noise, auxiliary).features(), least=1e-9)
        elif isinstance(module, ColumnScaler):
            module.scaling.learn(module.columns(spectrum, noise, auxiliary))
        return module

    def substitute(self, schema: Schema) -> str | None:
        """That it is `standardize` where the challenge does not tell what scale heights need."""
        missing = lacking(schema)
        if not missing:
            return None
        return (
            f"the challenge has {' and '.join(missing)}, so preprocessor '{self.name}' does what "
            "'standardize' does with include_noise=true."
        )

    def layout(self, schema: Schema) -> FeatureLayout:
        facts = schema.auxiliary_names if lacking(schema) else FACTS
        return FeatureLayout(("spectrum", "noise"), schema.wavelength, facts)

    def planet_transform(
        self, schema: Schema, spectrum: Tensor, noise: Tensor, auxiliary: Tensor
    ) -> Transform:
        """The radius in scale heights of 1000 K from where the spectrum lies; the others' probits."""
        names = [(parameter.name, parameter.unit) for parameter in schema.parameters]
        if RADIUS not in names or lacking(schema):
            return self.parameter_transform(schema)
        seen = Heights.of(schema, spectrum, noise, auxiliary)
        centre = seen.radius - BELOW * seen.scale_height
        return PlanetProbit(schema.bounds, names.index(RADIUS), centre, seen.scale_height)
