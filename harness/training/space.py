"""The space that densities live in: unbounded, and of about unit spread."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.distributions import Transform

from harness.components import Preprocessor
from harness.components.weighted_rows import within_bounds
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.training.pairs import Batch

# A parameter this close to a bound (a fraction of the prior's width) is moved off it: at the bound itself
# the unbounded space ends, and a few such values would stretch it for all the others.
MARGIN = 1e-3


class ParameterSpace(nn.Module):
    """Parameters inside their prior bounds <-> standardised, unbounded ones.

    The preprocessor's transform, which may depend on the planet, then each parameter to zero mean and
    unit spread over what is trained on.

    Arguments:
        preprocessor: whose parameter transform it is.
        schema: names the bounds.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, preprocessor: Preprocessor, schema: Schema) -> None:
        super().__init__()
        self.preprocessor = preprocessor
        self.schema = schema
        n_parameters = len(schema.parameters)
        self.register_buffer("mean", torch.zeros(n_parameters))
        self.register_buffer("spread", torch.ones(n_parameters))

    def fit(self, batch: Batch) -> None:
        """Learn mean and spread from pairs of planets and parameters."""
        transform = self.transform(batch.observations[batch.planet_index])
        unbounded: Tensor = transform(self.off_bounds(batch.parameters))
        spread, mean = torch.std_mean(unbounded.double(), dim=0, correction=0)
        self.mean.copy_(mean)
        self.spread.copy_(torch.where(spread > 1e-6, spread, 1.0))  # one planet, or one that never varies

    def transform(self, observations: Observations) -> Transform:
        """The preprocessor's transform for parameters (B, P) or (B, n, P) of these planets."""
        return self.preprocessor.planet_transform(
            self.schema, observations.spectrum, observations.noise, observations.auxiliary
        )

    def off_bounds(self, parameters: Tensor) -> Tensor:
        """Parameters (..., P) that lie on a bound, or all but, moved inside."""
        lower, upper = torch.tensor(self.schema.bounds, dtype=torch.float64).T.to(parameters)
        margin = MARGIN * (upper - lower)
        return torch.clamp(parameters, lower + margin, upper - margin)

    def standardised_rows(self, batch: Batch) -> Tensor:
        """The parameters of a batch to learn from (K, P) float32, off the bounds, without gradients."""
        with torch.no_grad():
            transform = self.transform(batch.observations[batch.planet_index])
            return self.standardised(self.off_bounds(batch.parameters), transform)

    def standardised(self, parameters: Tensor, transform: Transform) -> Tensor:
        """Parameters (..., P) in their units -> (..., P) float32."""
        unbounded: Tensor = transform(parameters)
        return ((unbounded - self.mean) / self.spread).float()

    def physical(self, standardised: Tensor, transform: Transform) -> Tensor:
        """Standardised parameters (..., P) -> in their units (..., P), inside the prior bounds, float32."""
        parameters: Tensor = transform.inv(standardised.double() * self.spread + self.mean)
        return within_bounds(parameters, self.schema.bounds)

    def log_density_factor(self, parameters: Tensor, transform: Transform) -> Tensor:
        """log |d standardised / d parameters| (...), which a density is to be raised by."""
        unbounded = transform(parameters)
        jacobian: Tensor = transform.log_abs_det_jacobian(parameters, unbounded)  # type: ignore[no-untyped-call]
        return jacobian - self.spread.log().sum()
