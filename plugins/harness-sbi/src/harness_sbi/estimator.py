"""Neural posterior estimation by the sbi toolbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from harness.training import ConditionalDensity, Ensemble, Recipe, TrainedEstimator, TrainingData
from harness.training.ensemble import TrainNetwork
from harness_sbi.options import SbiOptions
from harness_sbi.toolbox import missing, require


class SbiNPE(TrainedEstimator):
    """The density and the training of the sbi toolbox, on the pairs, features and split of npe-kl.

    sbi trains on a fixed set of pairs: noise is drawn onto each spectrum once (`copies` times), not
    afresh at every step. The density lives in the same standardised, unbounded parameter space, so that
    every sample lies inside the prior.
    """

    class Options(SbiOptions):
        pass

    options: Options
    source: ClassVar[str] = (
        "Boelts, Deistler et al. 2025, sbi reloaded, JOSS 10, 7754, https://github.com/sbi-dev/sbi; "
        "Greenberg et al. 2019, https://arxiv.org/abs/1905.07488"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "max_num_epochs": 2,
        "simulations": 200,
        "num_transforms": 1,
        "hidden_features": 16,
    }

    def unsuitable(self) -> str | None:
        return missing("It")

    def recipe(self) -> Recipe:
        require(self.name)
        return Recipe(self.options.sources(), Ensemble(self.density, self.options.members, self.training))

    def density(self, n_context: int) -> ConditionalDensity:
        """A fresh density estimator of sbi, called once for each member."""
        from harness_sbi.density import SbiDensity

        return SbiDensity(len(self.schema.parameters), n_context, self.options.architecture())

    def training(self, data: TrainingData) -> TrainNetwork:
        """What trains each member, called once when the features are fitted."""
        from harness_sbi.training import SbiTraining

        options = self.options
        method = SbiTraining(options.architecture(), options.settings(), options.copies, options.trace_rows)
        return method(data)
