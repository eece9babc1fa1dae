"""The sbi toolbox's estimators that learn from a fixed set of pairs, for all planets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from harness.training import (
    ConditionalDensity,
    Ensemble,
    PooledSampler,
    Recipe,
    Sampler,
    TrainedEstimator,
    TrainingData,
)
from harness.training.ensemble import TrainNetwork
from harness_sbi.options import NPEOptions, RatioOptions, SbiOptions, ScoreOptions, VectorFieldOptions
from harness_sbi.slow_sampler import SlowSampler
from harness_sbi.toolbox import missing, require

if TYPE_CHECKING:
    from harness_sbi.loop import SbiSettings
    from harness_sbi.network import Architecture

SBI = "Boelts, Deistler et al. 2025, sbi reloaded, JOSS 10, 7754, https://github.com/sbi-dev/sbi; "
FEW = {"max_num_epochs": 2, "simulations": 200, "hidden_features": 16}


class SbiEstimator(TrainedEstimator):
    """A network and the training of the sbi toolbox, on the pairs, features and split of npe-kl.

    sbi trains on a fixed set of pairs: noise is drawn onto each spectrum once (`copies` times), not
    afresh at every step. The network lives in the same standardised, unbounded parameter space, so that
    every sample lies inside the prior.
    """

    options: SbiOptions

    @abstractmethod
    def architecture(self) -> Architecture:
        """Which of sbi's networks; called where sbi is installed."""

    @abstractmethod
    def settings(self) -> SbiSettings:
        """By which of sbi's trainings, how long and how fast; called where sbi is installed."""

    @abstractmethod
    def density(self, n_context: int) -> ConditionalDensity:
        """A fresh network of sbi, called once for each member."""

    def unsuitable(self) -> str | None:
        return missing("It")

    def recipe(self) -> Recipe:
        require(self.name)
        learner = Ensemble(self.density, self.options.members, self.training)
        return Recipe(self.options.sources(), learner, self.sampler_of_members())

    def sampler_of_members(self) -> Sampler:
        """What draws samples; another where that takes too long for the alarm of hundreds of planets."""
        return PooledSampler()

    def training(self, data: TrainingData) -> TrainNetwork:
        """What trains each member, called once when the features are fitted."""
        from harness_sbi.training import SbiTraining

        options = self.options
        return SbiTraining(self.architecture(), self.settings(), options.copies, options.trace_rows)(data)


class SbiNPE(SbiEstimator):
    """A conditional density of sbi, trained by maximum likelihood."""

    class Options(NPEOptions):
        pass

    options: Options
    source: ClassVar[str] = SBI + "Greenberg et al. 2019, https://arxiv.org/abs/1905.07488"
    contract_options: ClassVar[Mapping[str, Any]] = {**FEW, "num_transforms": 1}

    def architecture(self) -> Architecture:
        return self.options.architecture()

    def settings(self) -> SbiSettings:
        return self.options.settings("npe")

    def density(self, n_context: int) -> ConditionalDensity:
        from harness_sbi.density import SbiDensity

        return SbiDensity(len(self.schema.parameters), n_context, self.options.architecture())


class VectorFieldEstimator(SbiEstimator):
    """A vector field, whose density is that of its probability flow."""

    options: VectorFieldOptions

    def sampler_of_members(self) -> Sampler:
        # samples against the diffusion are not of the probability flow's density
        return PooledSampler() if self.options.sample_with == "ode" else SlowSampler()


class SbiFMPE(VectorFieldEstimator):
    """A vector field that carries noise to the posterior, trained by flow matching."""

    class Options(VectorFieldOptions):
        pass

    options: Options
    source: ClassVar[str] = (
        SBI + "Wildberger et al. 2023, Flow Matching for Scalable Simulation-Based Inference, "
        "https://arxiv.org/abs/2305.17161"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {**FEW, "num_layers": 1}

    def architecture(self) -> Architecture:
        return self.options.architecture("flow")

    def settings(self) -> SbiSettings:
        return self.options.settings("fmpe")

    def density(self, n_context: int) -> ConditionalDensity:
        from harness_sbi.vector_field import VectorFieldDensity

        return VectorFieldDensity(len(self.schema.parameters), n_context, self.options.architecture("flow"))


class SbiNPSE(VectorFieldEstimator):
    """The score of a diffusion that turns the posterior into noise, trained by denoising score matching."""

    class Options(ScoreOptions):
        pass

    options: Options
    source: ClassVar[str] = (
        SBI + "Geffner, Papamakarios & Mnih 2023, https://arxiv.org/abs/2209.14249; "
        "Sharrock et al. 2024, https://arxiv.org/abs/2210.04872"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {**FEW, "num_layers": 1}

    def architecture(self) -> Architecture:
        return self.options.architecture("score", self.options.sde_type)

    def settings(self) -> SbiSettings:
        return self.options.settings("npse")

    def density(self, n_context: int) -> ConditionalDensity:
        from harness_sbi.vector_field import VectorFieldDensity

        architecture = self.options.architecture("score", self.options.sde_type)
        return VectorFieldDensity(len(self.schema.parameters), n_context, architecture)


class SbiNRE(SbiEstimator):
    """A classifier that tells the parameters behind a spectrum from others; sampled by Monte Carlo."""

    class Options(RatioOptions):
        pass

    options: Options
    source: ClassVar[str] = (
        SBI + "Durkan, Murray & Papamakarios 2020, https://arxiv.org/abs/2002.03712; "
        "Del Moral, Doucet & Jasra 2006, Sequential Monte Carlo samplers, JRSS B 68, 411"
    )
    contract_options: ClassVar[Mapping[str, Any]] = FEW

    def architecture(self) -> Architecture:
        return self.options.architecture()

    def settings(self) -> SbiSettings:
        return self.options.settings("nre", num_atoms=self.options.num_atoms)

    def density(self, n_context: int) -> ConditionalDensity:
        from harness_sbi.ratio import RatioDensity

        return RatioDensity(len(self.schema.parameters), n_context, self.options.architecture())

    def sampler_of_members(self) -> Sampler:
        return SlowSampler()
