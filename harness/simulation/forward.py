"""Noise-free spectra of a population through the forward model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.metrics.chunks import runs
from harness.physics import TransmissionModel
from harness.physics.fitted_directory import fitted_pairs
from harness.physics.temperature_range import outside_sentence
from harness.simulation.layered import LayeredModel
from harness.simulation.population import Population

Advance = Callable[[int], None]

_BATCH, _LAYERED_BATCH = 1024, 32  # planets between two steps of the progress bar


class Forward:
    """The forward model on one directory of opacities, and the slower one for what it cannot do.

    Both compute optical depth in float32, which moves no depth by more than about 0.1 ppm.

    Arguments:
        opacities: directory of cross-sections.
        device: where to compute.
        collisions: pairs whose collision-induced absorption is included, such as H2-H2, from .cia files of
            that directory; the settings of the challenge include none. None means those that belong to a
            directory that `harness opacities fit` wrote.

    Raises:
        HarnessError: a file is missing or damaged.
    """

    def __init__(
        self, opacities: str | Path, device: str | torch.device = "cpu", collisions: Sequence[str] = ()
    ) -> None:
        self._opacities, self._device = opacities, device
        own = fitted_pairs(opacities)  # which looks at the files, whatever pairs are named
        self._collisions = tuple(collisions) or own
        self._model = TransmissionModel.from_files(opacities, opacities, self._collisions, device=device)
        self._coldest, self._hottest = np.inf, -np.inf

    def note(self, temperature: NDArray[np.float64]) -> None:
        """Remember temperatures [K] that spectra are asked for, for `temperature_warning`."""
        self._coldest = min(self._coldest, float(temperature.min(initial=np.inf)))
        self._hottest = max(self._hottest, float(temperature.max(initial=-np.inf)))

    @property
    def temperature_warning(self) -> str | None:
        """One sentence if any spectrum so far was of a temperature that the opacities do not reach."""
        return outside_sentence(self._model.temperature_range, self._coldest, self._hottest)

    @cached_property
    def layered(self) -> LayeredModel:
        """The model that goes layer by layer; opacities are read when it is first asked for."""
        return LayeredModel.from_files(self._opacities, self._collisions, device=self._device)

    def isothermal(self, population: Population, advance: Advance) -> NDArray[np.float64]:
        """Transit depths (N, C) with the settings of the challenge, all of which a retrieval knows."""
        return self._batched(population, _BATCH, advance, lambda rows, *inputs: self._model.binned(*inputs))

    def by_layer(
        self, population: Population, advance: Advance, depths: Callable[..., Tensor]
    ) -> NDArray[np.float64]:
        """Transit depths (N, C) of `depths(rows, parameters, star_radius, planet_mass)`, batch by batch."""
        return self._batched(population, _LAYERED_BATCH, advance, depths)

    def _batched(
        self, population: Population, size: int, advance: Advance, depths: Callable[..., Tensor]
    ) -> NDArray[np.float64]:
        self.note(population.parameters[:, 1])
        inputs = (population.parameters, population.stars.radius, population.planet_mass_jupiter)
        pieces = []
        for rows in runs(len(population), size):
            batch = [torch.as_tensor(values[rows], device=self._device) for values in inputs]
            with torch.no_grad():
                pieces.append(depths(rows, *batch).double().cpu().numpy())
            advance(rows.stop - rows.start)
        if not pieces:
            return np.empty((0, len(self._model.wavelength)))
        return np.concatenate(pieces)
