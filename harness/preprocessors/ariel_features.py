"""The shape of each spectrum, and what star, orbit, mass and depth say about planet and atmosphere."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.schema import Schema
from harness.preprocessors.auxiliary_columns import SURFACE_GRAVITY, given_columns
from harness.preprocessors.planet_facts import COLUMNS, derivable, evaluate, measured
from harness.preprocessors.planet_standardize import LearnedFeatures, PlanetFeatures, PlanetStandardize
from harness.preprocessors.scaling import Scaling
from harness.preprocessors.spectrum_summary import with_and_without_noise

ANY_SPAN = 1.0  # logarithms of all columns that are positive


class AtmosphereFeatures(LearnedFeatures):
    """The features of `planet-standardize` (B, 2 W + 2 + C), then the facts of `planet_facts` (B, K).

    Facts are logarithms, standardized over the training planets.
    """

    def __init__(self, schema: Schema, surface_gravity: bool) -> None:
        super().__init__()
        self.schema = schema
        given = tuple(
            what
            for what in measured(schema)
            if surface_gravity or what not in COLUMNS or COLUMNS[what][0] != SURFACE_GRAVITY
        )
        self.facts = derivable(given)
        columns = given_columns(schema, surface_gravity)
        self.planet = PlanetFeatures(len(schema.wavelength), columns, least_span=ANY_SPAN)
        self.scaling = Scaling(len(self.facts))

    def learn(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> None:
        """Take everything from the training planets."""
        self.planet.learn(spectrum, noise, auxiliary)
        spectra, noises = with_and_without_noise(spectrum, noise)
        self.scaling.learn(self._unscaled(spectra, noises, auxiliary.repeat(2, 1)), least=1e-9)

    def _unscaled(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        logs = evaluate(self.schema, self.facts, spectrum, noise, auxiliary)
        facts = [logs[fact.name] for fact in self.facts]
        return torch.stack(facts, dim=-1) if facts else spectrum.new_empty(len(spectrum), 0)

    def forward(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        facts = self.scaling(self._unscaled(spectrum, noise, auxiliary))
        return torch.cat([self.planet(spectrum, noise, auxiliary), facts], dim=-1)


class ArielFeatures(PlanetStandardize):
    """`planet-standardize` and each planet's physics: temperature, scale height, radius, signal to noise.

    What a challenge's columns do not allow is left out, so that it works, with less, on any challenge.
    """

    def architecture(self, schema: Schema) -> AtmosphereFeatures:
        return AtmosphereFeatures(schema, self.options.surface_gravity)
