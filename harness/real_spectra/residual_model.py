"""A measured spectrum's likelihood as that of a made-up planet: residuals in place of depths."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.data.observations import Observations
from harness.data.schema import Parameter, Schema
from harness.real_spectra.likelihood import MeasuredLikelihood

TINY = 1e-12  # beside a square, whose root then has a slope everywhere


class ResidualModel(ForwardModel):
    r"""Scaled residuals of a measured spectrum, which estimators compare with zero, at noise of one.

    What they take for a Gaussian likelihood of a spectrum is then, but for a constant, that of the measured
    one, whatever it has of errors up and down, covariance, and offsets. Where errors are inflated there is
    one more channel, :math:`\sqrt{2 \sum_c \log (\sigma_c / \sigma_{c, 0})}` of the errors with what is added
    and without, so that half its square is what they cost.

    Arguments:
        likelihood: of the spectrum.
        identity: changes with the spectrum and the model.
    """

    parallel = True

    def __init__(self, likelihood: MeasuredLikelihood, identity: str) -> None:
        self._likelihood, self._identity = likelihood, identity
        self._widens = likelihood.nuisances.widens

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def channels(self) -> int:
        """Of the made-up spectrum."""
        return len(self._likelihood.spectrum_depth) + self._widens

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        """Residuals (B, C), or (B, C + 1) where errors are inflated, of parameters (B, P)."""
        likelihood = self._likelihood
        values = parameters.double()
        residuals = likelihood.scaled_residuals(likelihood.depths(values), values)
        if not self._widens:
            return residuals
        cost = likelihood.log_norm(values) - likelihood.log_norm(None)
        extra = (2 * cost.clamp(min=0) + TINY).sqrt()
        return torch.cat([residuals, extra[:, None]], dim=1)

    def schema(self, parameters: tuple[Parameter, ...]) -> Schema:
        """Of the made-up planet."""
        return Schema(
            parameters=parameters,
            wavelength=tuple(range(1, self.channels + 1)),
            width=(1.0,) * self.channels,
            spectrum_unit="sigma",
            noise_included=True,
        )

    def observed(self) -> Observations:
        """The made-up planet's spectrum: no residual, at noise of one."""
        nothing = torch.zeros(1, self.channels)
        return Observations(None, nothing, torch.ones_like(nothing), nothing.new_zeros(1, 0))
