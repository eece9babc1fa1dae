"""Neural posterior estimation by maximum likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from harness.errors import HarnessError
from harness.training.density import ConditionalDensity
from harness.training.density_estimator import DensityEstimator
from harness_npe.flows import build_density
from harness_npe.options import FlowOptions


class NPE(DensityEstimator):
    """A conditional density of the parameters given the spectrum, trained by maximum likelihood.

    The embedder is trained with the density. Noise is drawn onto the ideal training spectra afresh at
    every step, before the preprocessor, except for traces: those are posteriors of the ideal spectra
    themselves. A spectrum to be sampled is read as it is given.
    """

    class Options(FlowOptions):
        pass

    source: ClassVar[str] = (
        "Papamakarios & Murray 2016, https://arxiv.org/abs/1605.06376; "
        "Greenberg et al. 2019, https://arxiv.org/abs/1905.07488; for atmospheres, Vasist et al. 2023, "
        "A&A 672, A147"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "epochs": 2,
        "steps": 8,
        "batch": 32,
        "simulations": 200,
        "transforms": 1,
        "hidden": (16,),
    }

    def _density(self, n_context: int) -> ConditionalDensity:
        options = self.options.density_options()
        try:
            return build_density(self.options.flow, len(self.schema.parameters), n_context, **options)
        except TypeError as error:
            raise HarnessError(
                f"The flow '{self.options.flow}' does not take all of the options {', '.join(options)}: "
                f"{error}."
            ) from error
