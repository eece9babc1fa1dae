"""The parameters that a prediction is compared with, and what to do where they are not known."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.data.truth import Truth
from harness.errors import HarnessError


@dataclass(frozen=True)
class Answers:
    """The parameters of N planets on the prediction's device.

    Attributes:
        parameters: (N, P), float64, in the parameters' units; zero where not known.
        known: which planets they are known for (N,), bool.
        names: of the P parameters.
        width: upper minus lower bound of each parameter's prior (P,), in its unit.
    """

    parameters: Tensor
    known: Tensor
    names: tuple[str, ...]
    width: Tensor

    @classmethod
    def of(cls, prediction: Posterior, truth: Truth, schema: Schema) -> Answers:
        """The answers to a prediction.

        Raises:
            HarnessError: the parameters are not known, or prediction, truth and schema do not fit
                each other.
        """
        if truth.parameters is None:
            raise HarnessError(
                "The parameters of these planets are not known, so nothing can be scored by them."
            )
        expect_planets(prediction, len(truth.parameters), schema)
        device = prediction.samples.device
        parameters = truth.parameters.to(device).double()
        known = torch.isfinite(parameters).all(dim=-1)
        lower, upper = torch.tensor(schema.bounds, dtype=torch.float64, device=device).T
        return cls(torch.where(known[:, None], parameters, 0.0), known, schema.parameter_names, upper - lower)

    def column(self, values: Tensor) -> Tensor:
        """A per-planet column (N, ...) on the CPU, with NaN where the answer is not known."""
        known = self.known.reshape(-1, *(1,) * (values.ndim - 1))
        return torch.where(known, values.double(), torch.nan).cpu()

    def parts(self, columns: Tensor, prefix: str = "") -> dict[str, Tensor]:
        """Columns (N, P) by parameter name."""
        return {prefix + name: column for name, column in zip(self.names, columns.unbind(-1), strict=True)}


def expect_planets(prediction: Posterior, n: int, schema: Schema) -> None:
    """Refuse a prediction of other than n planets, or of other parameters than the schema's.

    Raises:
        HarnessError: the numbers differ.
    """
    if len(prediction) != n:
        raise HarnessError(
            f"The prediction holds {len(prediction)} planets, but the truth {n}; predict them all."
        )
    n_parameters = prediction.samples.shape[-1]
    if n_parameters != len(schema.parameters):
        raise HarnessError(
            f"The prediction has {n_parameters} parameters, but the challenge {len(schema.parameters)}: "
            f"{', '.join(schema.parameter_names)}."
        )
