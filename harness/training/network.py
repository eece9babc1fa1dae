"""One network: an embedder, and a density given the context that it computes."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor, nn

from harness.components.device import has_bfloat16_matrices
from harness.errors import HarnessError
from harness.training.density import ConditionalDensity
from harness.training.featurizer import FeaturizedBatch

MixedPrecision = Literal["auto"] | bool


class PosteriorNetwork(nn.Module):
    """Features of a planet -> density of its standardised parameters.

    Arguments:
        embed: features (B, F) -> context (B, C).
        density: of parameters given the context.
        mixed_precision: compute the embedder in bfloat16, on a CPU only to train it; "auto": on a CPU that
            has units for it. Densities always stay in float32.
        compiled: compile the loss and its gradients with `torch.compile`, at the first step.
    """

    def __init__(
        self,
        embed: nn.Module,
        density: ConditionalDensity,
        *,
        mixed_precision: MixedPrecision = False,
        compiled: bool = False,
    ) -> None:
        super().__init__()
        self.embed = embed
        self.density = density
        self.mixed_precision = mixed_precision
        # found out here: a compiler would trace the question
        self.half_on_cpu = has_bfloat16_matrices() if mixed_precision == "auto" else mixed_precision
        self.compiled = compiled

    def context(self, features: Tensor) -> Tensor:
        """Context (B, C) float32 of features (B, F)."""
        with torch.autocast(features.device.type, torch.bfloat16, enabled=self._half(features)):
            context: Tensor = self.embed(features)
        return context.float()

    def _half(self, features: Tensor) -> bool:
        if features.is_cuda:
            return self.mixed_precision is True
        return self.half_on_cpu and torch.is_grad_enabled()

    def losses(self, batch: FeaturizedBatch, generator: torch.Generator | None = None) -> Tensor:
        """The loss of each row (K,): for a flow, its negative log density.

        Raises:
            HarnessError: the network is to be compiled, and there is no compiler.
        """
        # a loss that draws random numbers from a generator of its own cannot be traced
        if self.compiled and generator is None and torch.is_grad_enabled():
            return _compiled_losses(self, batch)
        return self._losses(batch, generator)

    def _losses(self, batch: FeaturizedBatch, generator: torch.Generator | None = None) -> Tensor:
        context = self.context(batch.features)
        if batch.rows_per_planet > 1 and type(self.density).loss is ConditionalDensity.loss:
            # the context is then read once for a planet, not once for a row
            rows = batch.parameters.reshape(len(context), batch.rows_per_planet, -1)
            return -self.density.log_prob(rows, context[:, None]).flatten()
        if batch.rows_per_planet != 1:
            context = context[batch.planet_index]
        return self.density.loss(batch.parameters, context, generator)


def _compiled_losses(network: PosteriorNetwork, batch: FeaturizedBatch) -> Tensor:
    try:
        losses: Tensor = _compiled()(network, batch)
    except (torch._dynamo.exc.BackendCompilerFailed, RuntimeError) as error:
        if "compiler" not in str(error).lower():
            raise
        raise HarnessError(
            "The network could not be compiled, which takes a C++ compiler (on a GPU Triton): install it, or "
            "leave out --set estimator.compile=true."
        ) from error
    return losses


@cache
def _compiled() -> Any:
    """Compiled once for all networks; other shapes and modules are compiled as they come."""
    return torch.compile(PosteriorNetwork._losses)
