"""The power transform of Yeo and Johnson, column by column, with its derivative."""

from __future__ import annotations

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn

from harness.preprocessors.scaling import Scaling, mean_and_spread

LEAST_LAMBDA, LARGEST_LAMBDA = -3.0, 5.0


def yeo_johnson(x: Tensor, lambdas: Tensor) -> tuple[Tensor, Tensor]:
    """The transform and its derivative, both (B, F), of x (B, F) with an exponent for each column (F,).

    With p = lambda where x is not negative and 2 - lambda where it is,

        psi(x) = sign(x) ((1 + |x|)^p - 1) / p,    psi'(x) = (1 + |x|)^(p - 1),

    and psi(x) = sign(x) log(1 + |x|) for p = 0.

    Reference:
        I.-K. Yeo and R. A. Johnson, A new family of power transformations to improve normality or symmetry,
        Biometrika 87, 954, 2000.
    """
    positive = x >= 0
    power = torch.where(positive, lambdas, 2 - lambdas)
    logarithm = torch.log1p(torch.where(positive, x, -x))  # not abs: its slope at 0 would be 0
    logarithmic = power.abs() < 1e-12
    divisor = torch.where(logarithmic, torch.ones_like(power), power)
    size = torch.where(logarithmic, logarithm, torch.expm1(power * logarithm) / divisor)
    return torch.where(positive, size, -size), torch.exp((power - 1) * logarithm)


class PowerTransform(nn.Module):
    """Yeo-Johnson of each column, then zero mean and unit spread over the training planets.

    A column is first shifted to its 1st percentile and divided by the distance from there to its 10th. For
    transit depths over several decades lambda near 0 is then the logarithm, with what lies at the bottom
    still resolved and what noise takes below zero still finite; and lambda is as well conditioned for a
    column whose spread is small beside its mean.
    """

    location: Tensor
    scale: Tensor
    lambdas: Tensor

    def __init__(self, n_columns: int) -> None:
        super().__init__()
        self.scaling = Scaling(n_columns)
        self.register_buffer("location", torch.zeros(n_columns, dtype=torch.float64))
        self.register_buffer("scale", torch.ones(n_columns, dtype=torch.float64))
        self.register_buffer("lambdas", torch.ones(n_columns, dtype=torch.float64))

    def learn(self, columns: Tensor) -> None:
        """Fit to training columns (N, F); lambda is the one of maximum likelihood, within -3 to 5."""
        columns = columns.double()
        self.location.copy_(_quantile(columns, 0.01))
        mean, spread = mean_and_spread(columns)
        width = _quantile(columns, 0.10) - self.location
        varies = spread > 1e-12 * mean.abs()
        # where a tenth of the planets have one value, the width says nothing
        self.scale.copy_(torch.where(varies, torch.where(width > 1e-3 * spread, width, spread), 1.0))
        for column, x in enumerate(self._rescaled(columns).T):
            if varies[column]:
                self.lambdas[column] = likeliest_lambda(x)
        self.scaling.learn(self._transformed(columns)[0], least=1e-9)

    def _rescaled(self, columns: Tensor) -> Tensor:
        return (columns.double() - self.location) / self.scale

    def _transformed(self, columns: Tensor) -> tuple[Tensor, Tensor]:
        return yeo_johnson(self._rescaled(columns), self.lambdas)

    def forward(self, columns: Tensor) -> tuple[Tensor, Tensor]:
        """Columns (B, F) -> features (B, F) and their derivatives by the columns (B, F), float64."""
        transformed, slope = self._transformed(columns)
        return self.scaling(transformed), slope / self.scale / self.scaling.spread


def likeliest_lambda(x: Tensor) -> float:
    """The lambda of maximum likelihood for x (N,), of unit order, if the result is to be normal."""
    values = x.detach().cpu().numpy()
    return float(np.clip(stats.yeojohnson_normmax(values), LEAST_LAMBDA, LARGEST_LAMBDA))


def _quantile(columns: Tensor, q: float) -> Tensor:
    """A quantile of each column (F,), which torch refuses for more than 16 million entries."""
    return torch.from_numpy(np.quantile(columns.detach().cpu().numpy(), q, axis=0)).to(columns)
