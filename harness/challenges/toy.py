"""A small challenge generated on the fly, whose posterior is known exactly.

It looks like the Ariel challenge (52 channels, seven parameters, weighted traces) but is not
atmospheric physics: the spectrum is linear in the parameters, so that under Gaussian noise the
posterior is a multivariate normal cut off at the prior bounds. A method that does well here has
found the obvious; one that does not has a bug.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from harness.challenges.ariel2023.grid import PARAMETERS, WAVELENGTH, WIDTH
from harness.components import Challenge, Component, ForwardModel
from harness.data.arrays import Array
from harness.data.observations import Observations
from harness.data.schema import Column, Schema
from harness.data.split import Split
from harness.data.truth import Traces, Truth

# centres of the bands that stand for each molecule [um]
BANDS = {
    "log_H2O": (1.4, 1.9, 2.7, 6.3),
    "log_CO2": (2.0, 2.7, 4.3),
    "log_CO": (2.3, 4.7),
    "log_CH4": (1.7, 2.3, 3.3, 7.7),
    "log_NH3": (1.5, 2.0, 3.0, 6.1),
}
BASELINE = 8.3e-3  # transit depth
INFLATION = 1.2  # the proposal's spread over the posterior's: traces get unequal weights, as real ones


class Linear(ForwardModel):
    """Spectra linear in the parameters, whatever the star and the mass."""

    identity = "linear"

    def __init__(self, schema: Schema) -> None:
        self._lower, upper = torch.tensor(schema.bounds, dtype=torch.float64).T
        self._slope = torch.from_numpy(_design()) / (upper - self._lower)[:, None]

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        given = parameters.double()
        spectrum: Tensor = BASELINE + (given - self._lower.to(given)) @ self._slope.to(given)
        return spectrum


class Toy(Challenge):
    """Seven parameters, 52 channels, spectra linear in the parameters, exact weighted traces."""

    class Options(Component.Options):
        train: int = Field(2000, ge=1, description="training planets")
        valid: int = Field(200, ge=0, description="validation planets")
        test: int = Field(100, ge=1, description="test planets, each with a trace")
        traced: float = Field(0.16, ge=0, le=1, description="fraction of the other planets with a trace")
        rows: int = Field(1500, ge=100, le=6000, description="rows of each trace")
        noise: float = Field(
            7e-5,
            ge=1e-9,
            le=2e-4,  # beyond, nearly all that is drawn of a posterior lies outside of the prior
            description="typical 1-sigma noise [transit depth]",
        )
        seed: int = Field(0, ge=0, description="seed of the planets")

    options: Options
    contract_options: ClassVar[Mapping[str, Any]] = {"train": 200, "valid": 20, "test": 10}

    def forward_model(self) -> Linear:
        """The linear model that made the spectra."""
        return Linear(self.schema)

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        options = self.options
        schema = Schema(
            parameters=PARAMETERS,
            wavelength=WAVELENGTH,
            width=WIDTH,
            auxiliary=(Column(name="star_distance", unit="pc"),),
        )
        generator = np.random.default_rng([options.seed, 2023])
        design = _design()
        sizes = {"train": options.train, "valid": options.valid, "test": options.test}
        return schema, {
            name: _split(
                generator, schema, design, name, n, 1.0 if name == "test" else options.traced, options
            )
            for name, n in sizes.items()
        }


def _design() -> Array:
    """Change of transit depth (7, W) as each parameter goes from its lower to its upper bound."""
    wavelength = np.asarray(WAVELENGTH)
    rows = [np.full_like(wavelength, 2e-3), 5e-4 * np.log(wavelength / wavelength[0])]
    for centres in BANDS.values():
        bands = [np.exp(-0.5 * ((wavelength - c) / (0.06 * c)) ** 2) for c in centres]
        rows.append(3e-4 * np.sum(bands, axis=0))
    return np.stack(rows)


def _split(
    generator: np.random.Generator,
    schema: Schema,
    design: Array,
    name: str,
    n: int,
    traced: float,
    options: Toy.Options,
) -> Split:
    unit = generator.uniform(size=(n, len(design)))
    distance = np.exp(generator.uniform(np.log(50), np.log(1500), size=n))
    spectrum = BASELINE + unit @ design
    noise = options.noise * np.sqrt(distance / 400)[:, None] * np.linspace(0.8, 1.5, spectrum.shape[1])
    lower, upper = np.asarray(schema.bounds).T
    has_trace = generator.uniform(size=n) < traced
    traces: list[tuple[torch.Tensor, torch.Tensor] | None] = []
    for planet in range(n):
        if not has_trace[planet]:
            traces.append(None)
            continue
        rows, weights = _trace(generator, design / noise[planet], unit[planet], options.rows)
        traces.append((torch.from_numpy(lower + rows * (upper - lower)), torch.from_numpy(weights)))
    return Split(
        Observations(
            np.array([f"{name}{i + 1}" for i in range(n)], dtype=np.str_),
            torch.from_numpy(spectrum),
            torch.from_numpy(noise),
            torch.from_numpy(distance[:, None]),
        ),
        Truth(torch.from_numpy(lower + unit * (upper - lower)), Traces.from_list(traces, len(design))),
    )


def _trace(generator: np.random.Generator, design: Array, truth: Array, rows: int) -> tuple[Array, Array]:
    """Weighted samples of one posterior, in units of the prior box, from low to high likelihood.

    The noise-free spectrum is what is observed, so the posterior peaks at the truth with the
    inverse Fisher matrix of the whitened design (7, W) as its covariance, inside the unit box.
    """
    # upper R: Fisher matrix = R^T R
    inverse_factor = torch.from_numpy(np.linalg.cholesky(design @ design.T)).mH
    kept: list[Array] = []
    while sum(len(part) for part in kept) < rows:
        standard = generator.standard_normal(size=(4 * rows, len(truth)))
        off = torch.linalg.solve_triangular(inverse_factor, torch.from_numpy(standard).mH, upper=True)
        proposal = truth + INFLATION * off.mH.numpy()
        inside = ((proposal >= 0) & (proposal <= 1)).all(axis=1)
        kept.append(np.column_stack([proposal[inside], (standard[inside] ** 2).sum(axis=1)]))
    drawn = np.concatenate(kept)[:rows]
    squared = drawn[:, -1]
    log_weight = 0.5 * squared * (1 - INFLATION**2)  # posterior over proposal density
    order = np.argsort(-squared)
    weights = np.exp(log_weight - log_weight.max())[order]
    return drawn[order, :-1], weights / weights.sum()
