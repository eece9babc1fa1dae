"""From observations to features, and from parameters to standardised ones: what a network is given."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness.data.observations import Observations
from harness.training.pairs import Batch, portions
from harness.training.space import ParameterSpace


@dataclass(frozen=True)
class FeaturizedBatch:
    """A batch as a network is given it.

    Attributes:
        features: of each planet (B, F) float32.
        parameters: standardised (K, P) float32.
        planet_index: the planet that each row belongs to (K,).
        rows_per_planet: how many rows each planet has, 0 where they differ.
    """

    features: Tensor
    parameters: Tensor
    planet_index: Tensor
    rows_per_planet: int = 0

    def split(self, parts: int) -> list[FeaturizedBatch]:
        """The planets in `parts` batches of about the same size, or fewer where there are fewer planets."""
        if parts == 1:
            return [self]
        return [
            FeaturizedBatch(
                self.features[planets],
                self.parameters[rows],
                self.planet_index[rows] - planets.start,
                self.rows_per_planet,
            )
            for planets, rows in portions(self.planet_index, len(self.features), parts)
        ]


class Featurizer:
    """Applies the fitted preprocessor to observations, and the parameter space to parameters.

    Arguments:
        preprocess: (spectrum, noise, auxiliary) -> features (B, F).
        space: that parameters are standardised in.
    """

    def __init__(self, preprocess: nn.Module, space: ParameterSpace) -> None:
        self.preprocess = preprocess
        self.space = space

    def __call__(self, batch: Batch) -> FeaturizedBatch:
        """Features of the planets and standardised parameters of the rows, without gradients."""
        return FeaturizedBatch(
            self.features(batch.observations),
            self.space.standardised_rows(batch),
            batch.planet_index,
            batch.rows_per_planet,
        )

    def features(self, observations: Observations) -> Tensor:
        """Features (B, F) float32, without gradients."""
        with torch.no_grad():
            features: Tensor = self.preprocess(
                observations.spectrum, observations.noise, observations.auxiliary
            )
        return features.float()
