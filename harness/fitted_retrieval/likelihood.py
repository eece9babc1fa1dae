"""How far spectra of a retrieval's parameters are from those that it was given, with gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.fitted_retrieval.model import RetrievalChanges, as_told, bound_rows
from harness.fitted_retrieval.planets import RetrievedPlanets
from harness.physics import TransmissionModel

NOT_BOUND = 1e6  # chi-square of what makes no planet


def residuals(
    changes: RetrievalChanges,
    model: TransmissionModel,
    planets: RetrievedPlanets,
    which: Tensor,
    parameters: Tensor,
) -> tuple[Tensor, Tensor]:
    """Of parameters that make a spectrum the residuals [1-sigma noise] (b, W), and which they are (b,).

    Arguments:
        changes: to the model.
        model: without them.
        planets: with their spectra.
        which: number of each parameter's planet (B,).
        parameters: as posteriors hold them (B, P).
    """
    told, mass = as_told(changes, parameters, planets.planet_mass[which])
    bound = torch.nonzero(bound_rows(model, told, mass)).flatten()
    changed = model.holding(changes.corrections.applied(model.extinction))
    spectra = changed.recorded if torch.is_grad_enabled() else changed.binned
    planet = which[bound]
    made = spectra(told[bound], planets.star_radius[planet], mass[bound]).double()
    found = (made - planets.spectrum[planet]) / planets.noise[planet]
    finite = torch.nonzero(found.detach().isfinite().all(dim=1)).flatten()
    return found[finite], bound[finite]


def chi_square(
    changes: RetrievalChanges,
    model: TransmissionModel,
    planets: RetrievedPlanets,
    which: Tensor,
    values: Tensor,
) -> Tensor:
    """Of values (B, n, P) about planets of these numbers (B,): (B, n), in units of the noise."""
    count, n, width = values.shape
    found, rows = residuals(changes, model, planets, which.repeat_interleave(n), values.reshape(-1, width))
    every = torch.full((count * n,), NOT_BOUND, dtype=torch.float64)
    return every.index_copy(0, rows, found.square().sum(dim=1).clamp(max=NOT_BOUND)).reshape(count, n)
