"""The auxiliary columns that are given to a method, in logarithms where that is their natural scale."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from harness.components import Component
from harness.data.schema import Schema
from harness.preprocessors.scaling import Scaling

SURFACE_GRAVITY = "planet_surface_gravity"
DECADE = 10.0


class GravityOptions(Component.Options):
    """Whether surface gravity is given.

    In the Ariel data, gravity is G M / R^2 of the very radius that is to be found, with the mass beside it.
    The reference posteriors, which know spectrum, star radius and mass, do not use it: a method that learns
    from parameters and sees it can become surer of the radius than they are.
    """

    surface_gravity: bool = Field(
        False,
        description="also use planet_surface_gravity; with the mass it gives the radius away, "
        "which the reference posteriors do not use",
    )


def given_columns(schema: Schema, surface_gravity: bool) -> tuple[int, ...]:
    """Positions of the auxiliary columns that are given."""
    return tuple(
        i for i, name in enumerate(schema.auxiliary_names) if surface_gravity or name != SURFACE_GRAVITY
    )


class AuxiliaryColumns(nn.Module):
    """Some auxiliary columns, standardized over the training planets; in logarithms where they span much.

    Arguments:
        columns: positions of the columns that are given.
        least_span: a column that is positive for all training planets goes into its logarithm where the
            largest is at least so many times the smallest.
    """

    columns: Tensor
    logarithmic: Tensor
    smallest: Tensor

    def __init__(self, columns: tuple[int, ...], least_span: float = DECADE) -> None:
        super().__init__()
        self.least_span = least_span
        self.scaling = Scaling(len(columns))
        self.register_buffer("columns", torch.tensor(columns, dtype=torch.int64), persistent=False)
        self.register_buffer("logarithmic", torch.zeros(len(columns), dtype=torch.bool))
        self.register_buffer("smallest", torch.ones(len(columns), dtype=torch.float64))

    def learn(self, auxiliary: Tensor) -> None:
        """Take everything from the training planets' auxiliary table (N, A)."""
        given = auxiliary[:, self.columns].double()
        low, high = given.amin(dim=0), given.amax(dim=0)
        self.logarithmic.copy_((low > 0) & (high >= self.least_span * low))
        # a planet may lie under all of training, but at zero its logarithm has no end
        self.smallest.copy_(torch.where(self.logarithmic, low / 1000, 1.0))
        self.scaling.learn(self._unscaled(auxiliary), least=1e-9)

    def _unscaled(self, auxiliary: Tensor) -> Tensor:
        given = auxiliary[:, self.columns].double()
        logarithm = torch.maximum(given, self.smallest).log()
        return torch.where(self.logarithmic, logarithm, given)

    def forward(self, auxiliary: Tensor) -> Tensor:
        """Auxiliary (B, A) -> the given columns (B, C), float64."""
        scaled: Tensor = self.scaling(self._unscaled(auxiliary))
        return scaled
