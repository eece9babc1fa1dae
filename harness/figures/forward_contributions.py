"""What each gas adds to a planet's spectrum, by the challenge's own forward model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.components import Challenge
from harness.data.schema import Schema
from harness.figures.wording import gas
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.scorers.ariel_spectra import PLANET_MASS, STAR_RADIUS

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Contributions:
    """Spectra of a forward model at one planet's parameters, each (W,).

    Attributes:
        model: with all gases.
        bare: with none of them, each at the lower bound of its prior.
        alone: with one of them, by its formula.
    """

    model: Array
    bare: Array
    alone: dict[str, Array]


def contributions(challenge: Challenge, parameters: Tensor, auxiliary: Tensor) -> Contributions | str:
    """The contributions, or a sentence that says why there are none.

    Arguments:
        challenge: whose forward model is used.
        parameters: of the planet (P,).
        auxiliary: of the planet (A,).
    """
    forward = challenge.forward_model()
    if forward is None:
        return "The challenge has no forward model, so what each gas adds is not known."
    schema = challenge.schema
    gases = {name: i for i, parameter in enumerate(schema.parameters) if (name := gas(parameter)) is not None}
    floor = torch.tensor([lower for lower, _ in schema.bounds], dtype=torch.float64)
    rows = parameters.double().repeat(2 + len(gases), 1)
    columns = list(gases.values())
    rows[1:, columns] = floor[columns]
    for row, column in enumerate(columns, start=2):
        rows[row, column] = parameters[column].double()
    spectra = _spectra(forward, schema, rows, auxiliary)
    if not bool(torch.isfinite(spectra).all()):
        return "The forward model has no finite spectrum for this planet."
    model, bare, *alone = spectra.double().numpy()
    return Contributions(model, bare, dict(zip(gases, alone, strict=True)))


def _spectra(forward: Callable[..., Tensor], schema: Schema, rows: Tensor, auxiliary: Tensor) -> Tensor:
    known: list[Tensor | None] = []
    for name, unit in ((STAR_RADIUS, SUN_RADIUS), (PLANET_MASS, JUPITER_MASS)):
        if name in schema.auxiliary_names:
            known.append((auxiliary[schema.auxiliary_names.index(name)].double() / unit).repeat(len(rows)))
        else:
            known.append(None)
    with torch.no_grad():
        return forward(rows, *known)
