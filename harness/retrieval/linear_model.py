"""A linear forward model, for challenges that are no atmospheres: fitted to their training planets."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.data.split import Split
from harness.errors import HarnessError


class LinearModel(ForwardModel):
    """Spectra linear in the parameters, whatever the star and the mass.

    Arguments:
        coefficients: intercept, then the slope of each parameter (1 + P, W), float64.
    """

    def __init__(self, coefficients: Tensor) -> None:
        self.coefficients = coefficients

    @classmethod
    def fit(cls, train: Split) -> LinearModel:
        """By least squares to the training spectra.

        Raises:
            HarnessError: the training planets have no parameters.
        """
        if train.truth.parameters is None:
            raise HarnessError(
                "The training planets have no parameters to fit a linear forward model to; "
                "choose forward=atmosphere."
            )
        parameters = train.truth.parameters.double().cpu()
        design = torch.cat([torch.ones(len(parameters), 1, dtype=torch.float64), parameters], dim=1)
        solution = torch.linalg.lstsq(design, train.observations.spectrum.double().cpu()).solution
        # the last digits depend on where tensors lie in memory, and samplers amplify them
        step = 2.0 ** (float(solution.abs().max().log2().floor()) - 40)
        return cls((solution / step).round() * step)

    @property
    def identity(self) -> str:
        return f"linear {hashlib.sha256(self.coefficients.numpy().tobytes()).hexdigest()[:16]}"

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        return self.coefficients[0] + parameters @ self.coefficients[1:]
