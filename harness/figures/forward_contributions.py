"""What each gas adds to a planet's spectrum, by the challenge's own forward model."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.data.arrays import Array
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.figures.wording import gas


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


def contributions(
    forward: ForwardModel | None, schema: Schema, parameters: Tensor, planet: Observations
) -> Contributions | str:
    """The contributions, or a sentence that says why there are none.

    Arguments:
        forward: the model, if the challenge has one.
        schema: of the challenge.
        parameters: of the planet (P,).
        planet: the one planet.
    """
    if forward is None:
        return "The challenge has no forward model, so what each gas adds is not known."
    gases = {name: i for i, parameter in enumerate(schema.parameters) if (name := gas(parameter)) is not None}
    floor = torch.tensor([lower for lower, _ in schema.bounds], dtype=torch.float64)
    rows = parameters.double().repeat(2 + len(gases), 1)
    columns = list(gases.values())
    rows[1:, columns] = floor[columns]
    for row, column in enumerate(columns, start=2):
        rows[row, column] = parameters[column].double()
    try:
        facts = host_facts(planet, schema, forward.needs)
        with torch.no_grad():
            spectra = forward(rows, *(None if one is None else one.expand(len(rows)) for one in facts))
    except HarnessError as error:
        return str(error)
    if not bool(torch.isfinite(spectra).all()):
        return "The forward model has no finite spectrum for this planet."
    model, bare, *alone = spectra.double().numpy()
    return Contributions(model, bare, dict(zip(gases, alone, strict=True)))
