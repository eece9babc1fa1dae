"""Neural posterior estimation by maximum likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from harness.training import Recipe, TrainedEstimator
from harness_npe.options import FlowOptions

CONTRACT_OPTIONS = {
    "epochs": 2,
    "steps": 8,
    "batch": 32,
    "simulations": 200,
    "transforms": 1,
    "hidden": (16,),
}


class NPE(TrainedEstimator):
    """A conditional flow of the parameters given the spectrum, trained by maximum likelihood."""

    class Options(FlowOptions):
        pass

    options: Options
    source: ClassVar[str] = (
        "Papamakarios & Murray 2016, https://arxiv.org/abs/1605.06376; "
        "Greenberg et al. 2019, https://arxiv.org/abs/1905.07488; for atmospheres, Vasist et al. 2023, "
        "A&A 672, A147"
    )
    contract_options: ClassVar[Mapping[str, Any]] = CONTRACT_OPTIONS

    def recipe(self) -> Recipe:
        return self.options.recipe(self.schema)
