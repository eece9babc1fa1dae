"""A planet's model on a few well chosen wavenumbers.

As `harness.physics.reduced_model` has it for isothermal planets: of the points that reach into a channel a
few, with non-negative weights of their own, give its average over all atmospheres that a retrieval may
meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self, TypeVar

import numpy as np
import torch
from torch import Tensor

from harness.errors import HarnessError
from harness.physics.cross_sections import Array
from harness.physics.planet_settings import PlanetSettings
from harness.physics.reduced_model import chosen_weights

ATMOSPHERES = 400  # drawn to fit the quadrature; those that look like planets are kept
SEED = 2023
CLEAR = {"log_cloud_pressure": 9.0, "log_haze": -9.0}


class Reducible(Protocol):
    """What is asked of a `PlanetModel` here."""

    settings: PlanetSettings

    @property
    def weights(self) -> Tensor: ...

    @property
    def device(self) -> torch.device: ...

    def atmosphere(
        self, parameters: Tensor, star_radius: Tensor | float, planet_mass: Tensor | float
    ) -> Tensor: ...

    def on(self, points: Tensor, weights: Tensor) -> Self: ...


Model = TypeVar("Model", bound=Reducible)


def reduced_planet_model(
    full: Model,
    tolerance: float,
    *,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    star_radius: float = 1.0,
    planet_mass: float = 1.0,
    most: int = 24,
) -> Model:
    """The model `full` with every channel averaged over at most `most` points.

    Arguments are those of `PlanetModel.reduced`.

    Raises:
        HarnessError: no atmosphere within the bounds is a planet's.
    """
    depths = sample_depths(full, bounds or {}, star_radius, planet_mass)
    weights = full.weights.double().cpu().numpy()
    columns = [chosen_weights(depths, one, tolerance, most) for one in weights.T]
    reduced = np.stack(columns, axis=1)
    kept = np.flatnonzero(reduced.any(axis=1))
    return full.on(torch.as_tensor(kept, device=full.device), torch.as_tensor(reduced[kept]))


def sample_depths(
    full: Reducible, bounds: Mapping[str, tuple[float, float]], star_radius: float, planet_mass: float
) -> Array:
    """What atmospheres drawn at random add to the transit depth, each over its mean (N, points).

    Half of them have neither clouds nor hazes, which hide the differences between points.
    """
    limits = {name: bounds.get(name, usual) for name, (_, usual) in full.settings.parameters.items()}
    low, high = (np.array([one[side] for one in limits.values()]) for side in (0, 1))
    drawn = np.random.default_rng(SEED).uniform(low, high, (ATMOSPHERES, len(low)))
    for column, name in enumerate(limits):
        if name in CLEAR:
            drawn[::2, column] = CLEAR[name]
    with torch.no_grad():
        added = full.atmosphere(torch.as_tensor(drawn), star_radius, planet_mass).double().cpu().numpy()
    mean = added.mean(axis=1, keepdims=True)
    good = np.isfinite(added).all(axis=1) & (mean[:, 0] > 0) & (mean[:, 0] < 1)
    if not good.any():
        raise HarnessError(
            "No atmosphere within the bounds of the parameters is bound to its planet; narrow them, or "
            "look at the planet's mass and radius."
        )
    result: Array = added[good] / mean[good]
    return result
