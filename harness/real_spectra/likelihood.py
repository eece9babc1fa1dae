"""The likelihood of a measured spectrum, errors up and down apart, or with a covariance."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from harness.data.arrays import Array
from harness.real_spectra.atmosphere import AtmosphereModel
from harness.real_spectra.nuisances import Nuisances
from harness.real_spectra.spectrum import MeasuredSpectrum
from harness.retrieval.likelihood import IMPOSSIBLE

PIECE = 50  # spectra that one core computes at once


class MeasuredLikelihood:
    r"""Split-normal log-likelihood of a measured spectrum, for many parameter sets at once.

    .. math:: \log L = \sum_c \left[ \log \frac{2}{\sqrt{2 \pi} (\sigma_{c-} + \sigma_{c+})}
        - \tfrac12 \left( \frac{d_c - m_c}{\sigma_{c\pm}} \right)^2 \right]

    where the error upwards counts if the model m is above the depth d, and the one downwards if it is below.
    With errors up and down alike it is the Gaussian. Where the spectrum has a covariance it is the Gaussian
    with that, as a product over channels of each given those before it (Cholesky): the residual of a channel
    is then what those before it leave open, over the error that they leave.

    Arguments:
        spectrum: the depths d and their errors.
        atmosphere: what makes the depths m of the first of the parameters.
        nuisances: what the rest of the parameters do.
    """

    def __init__(self, spectrum: MeasuredSpectrum, atmosphere: AtmosphereModel, nuisances: Nuisances) -> None:
        self._depth = torch.from_numpy(spectrum.depth)
        self._down, self._up = torch.from_numpy(spectrum.error_down), torch.from_numpy(spectrum.error_up)
        self.atmosphere, self.nuisances = atmosphere, nuisances
        covariance = spectrum.covariance
        self._covariance = None if covariance is None else torch.from_numpy(covariance)
        self._root: Tensor | None = None
        if self._covariance is not None:
            self._root = torch.linalg.cholesky(self._covariance)[None]

    @property
    def spectrum_depth(self) -> Tensor:
        """The measured depths d (C,)."""
        return self._depth

    @property
    def spectrum_error(self) -> Tensor:
        """The mean of their errors up and down, none added (C,)."""
        return (self._down + self._up) / 2

    @property
    def asymmetric(self) -> bool:
        """Whether errors up and down differ at all."""
        return not torch.equal(self._down, self._up)

    def depths(self, values: Tensor) -> Tensor:
        """What the instruments would see (B, C) of parameters (B, P); not finite where there is no planet."""
        own = len(self.atmosphere.parameter_names)
        return self.atmosphere(values[:, :own]) + self.nuisances.offsets(values[:, own:])

    def errors(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """1 sigma towards smaller and towards larger depths (B, C), of parameters (B, P)."""
        added = self.nuisances.added_variance(values[:, len(self.atmosphere.parameter_names) :])
        return (self._down**2 + added).sqrt(), (self._up**2 + added).sqrt()

    def _roots(self, values: Tensor) -> Tensor | None:
        """The Cholesky root of the covariance (1, C, C), or of each row with its added errors (B, C, C)."""
        if self._covariance is None or self._root is None:
            return None
        if not (self.nuisances.widened >= 0).any():
            return self._root
        added = self.nuisances.added_variance(values[:, len(self.atmosphere.parameter_names) :])
        widened: Tensor = torch.linalg.cholesky(self._covariance + torch.diag_embed(added))
        return widened

    def log_norm(self, values: Tensor | None) -> Tensor:
        """The sum of the logarithms of the errors (B,) of parameters (B, P); (1,) without what they add."""
        if values is None:
            root, down, up = self._root, self._down[None], self._up[None]
        else:
            root, (down, up) = self._roots(values), self.errors(values)
        if root is not None:
            return root.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
        return ((down + up) / 2).log().sum(dim=-1)

    def scaled_residuals(self, depths: Tensor, values: Tensor) -> Tensor:
        """(d - m) over the error on the model's side, or decorrelated by the covariance (B, C)."""
        residual = self._depth - depths
        root = self._roots(values)
        if root is not None:
            open_residual: Tensor = torch.linalg.solve_triangular(root, residual[..., None], upper=False)
            return open_residual[..., 0]
        down, up = self.errors(values)
        return residual / torch.where(residual < 0, up, down)

    def of_channels(self, values: Tensor) -> Tensor:
        """The terms of the sum (B, C); not finite where there is no planet."""
        return self.of_depths(self.depths(values), values)

    def of_depths(self, depths: Tensor, values: Tensor) -> Tensor:
        """The same (B, C), where the depths (B, C) that the parameters (B, P) make are known already."""
        scaled = self.scaled_residuals(depths, values)
        root = self._roots(values)
        if root is not None:
            width = root.diagonal(dim1=-2, dim2=-1)
            return -math.log(2 * math.pi) / 2 - width.log() - scaled**2 / 2
        down, up = self.errors(values)
        return math.log(2 / math.sqrt(2 * math.pi)) - (down + up).log() - scaled**2 / 2

    def chi_square(self, parameters: Array) -> float:
        """The sum of the squared residuals of one row (1, P)."""
        values = torch.as_tensor(parameters, dtype=torch.float64)
        with torch.no_grad():
            return float((self.scaled_residuals(self.depths(values), values) ** 2).sum())

    def __call__(self, parameters: Array) -> Array:
        """Log-likelihood (B,) of parameters (B, P), in their units; never nan or infinite."""
        values = torch.as_tensor(np.atleast_2d(parameters), dtype=torch.float64)
        with torch.no_grad():
            total = self.of_channels(values).sum(dim=1)
        total = torch.where(total.isfinite(), total, IMPOSSIBLE).clamp(min=IMPOSSIBLE)
        return np.asarray(total)
