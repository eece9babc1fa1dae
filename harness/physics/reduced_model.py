"""A forward model on a few well chosen wavenumbers, for the many likelihoods of a retrieval.

A channel averages the native points that reach into it. Over the atmospheres that a retrieval meets, these
points vary together, so that a few of them, with weights of their own, give the same average. They are
chosen greedily, one after the other, with non-negative weights fitted to a sample of atmospheres (an
empirical quadrature; compare the k-distribution method, which chooses by sorting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import nnls

from harness.physics.atmosphere import Layers
from harness.physics.constants import JUPITER_RADIUS, SUN_RADIUS
from harness.physics.loading import load_binning, load_extinction
from harness.physics.opacity_directory import select_cia, select_cross_sections
from harness.physics.transmission import GASES, TransmissionModel

Array = NDArray[np.float64]

ATMOSPHERES = 4000  # drawn to fit the quadrature; those that look like planets are kept
SMALLEST, LARGEST = 1e-3, 0.3  # of the atmosphere's share of the disc, in those that are kept
SEED = 2023


@dataclass(frozen=True)
class Quadrature:
    """The wavenumbers that stand for the rest, and how much each counts in each channel.

    Attributes:
        wavenumber: points of the opacities' own grid [1/cm], ascending (N,).
        weights: of the points in the channels (N, W); most are 0.
    """

    wavenumber: Array
    weights: Array


def reduced_model(
    full: TransmissionModel,
    opacities: str | Path,
    wavelength: Sequence[float],
    width: Sequence[float],
    *,
    tolerance: float = 1e-3,
    most: int = 24,
) -> TransmissionModel:
    """The model `full` with every channel averaged over at most `most` points; its `native` is theirs alone.

    With the built-in opacities about 1,000 of 8,558 points are left and a spectrum takes a quarter of the
    time; what it loses is measured by benchmarks/samplers.py.

    Arguments:
        full: the model on the opacities' own grid, without collision-induced absorption.
        opacities: directory of cross-sections that `full` was made from.
        wavelength: channel centres [um].
        width: channel widths [um].
        tolerance: stop adding points to a channel when the root mean square error of the atmosphere's
            part of its depth is below this, relative to that part.
        most: points of a channel.

    Raises:
        HarnessError: the opacities cannot be read or do not cover a channel.
    """
    chosen = fit_quadrature(full, wavelength, width, tolerance=tolerance, most=most)
    return model_on(chosen, opacities, full.device, full.dtype)


def fit_quadrature(
    full: TransmissionModel,
    wavelength: Sequence[float],
    width: Sequence[float],
    *,
    tolerance: float = 1e-3,
    most: int = 24,
) -> Quadrature:
    """Choose the points of `reduced_model`, which takes some seconds."""
    grid = full.wavenumber.cpu().numpy()
    points, weights = load_binning(grid, wavelength, width, torch.device("cpu"), torch.float64)
    depths = sample_depths(full)[:, points]
    columns = [chosen_weights(depths, one, tolerance, most) for one in weights.numpy().T]
    reduced = np.stack(columns, axis=1)
    kept = np.flatnonzero(reduced.any(axis=1))
    return Quadrature(grid[points][kept], reduced[kept])


def model_on(
    quadrature: Quadrature,
    opacities: str | Path,
    device: torch.device,
    dtype: torch.dtype,
    layers: Layers | None = None,
    collisions: Sequence[str] = (),
) -> TransmissionModel:
    """The model on the points of a quadrature that was fitted with these opacities.

    Arguments:
        collisions: pairs whose collision-induced absorption is included, of .cia files in that directory.

    Raises:
        HarnessError: the opacities cannot be read.
    """
    settings: dict[str, Any] = {"device": device, "dtype": dtype}
    layers = layers or Layers()
    grid = quadrature.wavenumber
    tables, cia = select_cross_sections(opacities, GASES), select_cia(opacities, collisions)
    extinction = load_extinction(tables, cia, rayleigh=True, grid=grid, layers=layers, **settings)
    channels = (slice(0, len(grid)), torch.as_tensor(quadrature.weights, **settings))
    return TransmissionModel(GASES, extinction, torch.as_tensor(grid, device=device), channels, layers)


def sample_depths(full: TransmissionModel, atmospheres: int = ATMOSPHERES) -> Array:
    """What atmospheres drawn at random add to the transit depth, each over its mean (N, native points).

    Arguments:
        full: a model of the gases `GASES`.
        atmospheres: how many are drawn; about half of them look like planets and are kept.
    """
    generator = np.random.default_rng(SEED)
    parameters = np.column_stack(
        [
            generator.uniform(0.1, 3.0, atmospheres),  # R_Jup
            generator.uniform(100.0, 4000.0, atmospheres),  # K
            generator.uniform(-12.0, -1.0, (atmospheres, len(full.gases))),
        ]
    )
    mass = 10 ** generator.uniform(-2.2, 0.8, atmospheres)  # M_Jup
    bare = ((parameters[:, 0] * JUPITER_RADIUS) / SUN_RADIUS) ** 2
    with torch.no_grad():
        binned = full.binned(torch.as_tensor(parameters), 1.0, torch.as_tensor(mass)).double().cpu().numpy()
        share = (binned.mean(axis=1) - bare) / bare
        good = np.isfinite(binned).all(axis=1) & (share > SMALLEST) & (share < LARGEST)
        native = full.native(torch.as_tensor(parameters[good]), 1.0, torch.as_tensor(mass[good]))
    added: Array = native.double().cpu().numpy() - bare[good, None]
    added /= added.mean(axis=1, keepdims=True)
    return added


def chosen_weights(depths: Array, weights: Array, tolerance: float, most: int) -> Array:
    """Weights of one channel that are zero but for a few points (points,)."""
    inside = np.flatnonzero(weights)
    candidates = depths[:, inside]
    target = candidates @ weights[inside]
    length = np.linalg.norm(candidates, axis=0)
    chosen: list[int] = []
    fitted = np.zeros(0)
    residual = target
    while len(chosen) < min(most, len(inside)) and np.sqrt(np.mean(residual**2)) > tolerance:
        gain = (residual @ candidates) / length
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
        fitted, _ = nnls(candidates[:, chosen], target)
        residual = target - candidates[:, chosen] @ fitted
    column = np.zeros(len(weights))
    column[inside[chosen]] = fitted
    return column
