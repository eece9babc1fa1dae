"""A linear forward model, for challenges that are no atmospheres: fitted to their training planets."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.data.split import Split
from harness.errors import HarnessError
from harness.retrieval.reference_posterior import RetrievalModel, RetrievalTarget


class LinearModel:
    """Spectra linear in the parameters.

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

    def __call__(self, parameters: Tensor, star_radius: Tensor, planet_mass: Tensor) -> Tensor:
        """Spectra (B, W) of parameters (B, P), whatever the star and the mass."""
        return self.coefficients[0] + parameters @ self.coefficients[1:]

    def retrieval_model(self) -> RetrievalModel:
        """The model as retrievals take it."""
        return RetrievalModel(self)

    @property
    def name(self) -> str:
        """Another model, another name."""
        return f"linear {hashlib.sha256(self.coefficients.numpy().tobytes()).hexdigest()[:16]}"


def linear_targets(observations: Observations) -> list[RetrievalTarget]:
    """The planets of any challenge; of star and mass nothing is known nor needed."""
    spectrum, noise = (one.double().cpu().numpy() for one in (observations.spectrum, observations.noise))
    return [
        RetrievalTarget(str(name), spectrum[row], noise[row], 1.0, 1.0)
        for row, name in enumerate(observations.names)
    ]
