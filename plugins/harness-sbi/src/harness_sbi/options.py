"""The options of the estimators that learn from a fixed set of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from harness.components import Component
from harness.components.where_it_counts import counts_with
from harness.training import ChallengeSources
from harness.training.supervision import Kind
from harness.training.weight_options import WeightOptions

if TYPE_CHECKING:
    from harness_sbi.density import FlowArchitecture
    from harness_sbi.loop import SbiSettings
    from harness_sbi.ratio import RatioArchitecture
    from harness_sbi.vector_field import VectorFieldArchitecture


HEADS = 10  # of attention, in sbi's transformer
SPLINES = ("zuko_nsf", "nsf", "maf_rqs")
FLOWS = (
    *SPLINES,
    "zuko_maf",
    "zuko_naf",
    "zuko_unaf",
    "zuko_nice",
    "zuko_sospf",
    "zuko_gf",
    "zuko_bpf",
    "maf",
)


class SbiOptions(Component.Options):
    """What is learned from, and how sbi trains."""

    supervision: Kind = Field(
        "auto",
        description="what is learned from: parameters (of the training planets), traces (rows of reference "
        "traces), mix (both), simulations (pairs from the forward model under the prior), or auto: "
        "simulations where they can be made, else parameters, and traces beside them where there are any",
    )
    simulations: int = Field(
        20_000, ge=100, description="pairs to simulate, where simulations are learned from"
    )
    copies: int = Field(
        1,
        ge=1,
        le=100,
        description="observations of each pair, each with noise of its own; sbi trains on a fixed set",
    )
    trace_fraction: float = Field(
        0.1, gt=0, lt=1, description="share of trace rows in that set, where there are also other pairs"
    )
    trace_rows: int = Field(
        200, ge=1, description="rows drawn from each trace, where nothing but traces is learned from"
    )
    members: int = Field(1, ge=1, le=100, description="networks trained apart, whose samples are pooled")
    training_batch_size: int = Field(200, ge=2, description="pairs of each step")
    learning_rate: float = Field(5e-4, gt=0, le=1, description="learning rate of Adam, which is constant")
    stop_after_epochs: int = Field(
        20, ge=1, description="epochs without a better held-out loss after which to stop"
    )
    max_num_epochs: int = Field(100, ge=1, description="epochs at most; sbi itself knows no end")
    validation_fraction: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="share that sbi holds out at random; what npe-kl holds out if not given",
    )
    clip_max_norm: float = Field(
        5.0, gt=0, description="largest norm of a gradient; longer ones are shortened"
    )

    def settings(self, method: str, **further: Any) -> SbiSettings:
        """How long and how fast to train by one of sbi's methods; needs sbi."""
        from harness_sbi.loop import SbiSettings

        return SbiSettings(
            self.training_batch_size,
            self.learning_rate,
            self.stop_after_epochs,
            self.max_num_epochs,
            self.validation_fraction,
            self.clip_max_norm,
            method,
            further,
        )

    def sources(self) -> ChallengeSources:
        """Where pairs and traces come from; every trace row is drawn beside a planet of its own."""
        return ChallengeSources(self.supervision, self.simulations, self.trace_fraction, rows_per_planet=1)


class NPEOptions(SbiOptions, WeightOptions):
    """Which of sbi's density estimators."""

    density_estimator: Literal[
        "zuko_nsf",
        "zuko_maf",
        "zuko_naf",
        "zuko_unaf",
        "zuko_nice",
        "zuko_sospf",
        "zuko_gf",
        "zuko_bpf",
        "nsf",
        "maf",
        "maf_rqs",
        "mdn",
    ] = Field("zuko_nsf", description="sbi's name of the density; zuko_nsf is the class of npe-kl's nsf")
    hidden_features: int = Field(128, ge=1, description="width of the density's hidden layers")
    hidden_layers: int = Field(
        2, ge=1, le=20, description="hidden layers of it, or residual blocks in nsf, maf and maf_rqs"
    )
    num_transforms: int = Field(3, ge=1, le=50, description="transforms of a flow")
    num_bins: int = Field(10, ge=2, description="bins of a spline")

    def architecture(self) -> FlowArchitecture:
        """Which density, and its size; needs sbi."""
        from harness_sbi.density import FlowArchitecture

        return FlowArchitecture(
            self.density_estimator,
            self.hidden_features,
            self.hidden_layers,
            self.num_transforms,
            self.num_bins,
        )

    _of_flows = counts_with("num_transforms", "density_estimator", FLOWS)
    _of_splines = counts_with("num_bins", "density_estimator", SPLINES)


class VectorFieldOptions(SbiOptions, WeightOptions):
    """Which vector field; the defaults are those of sbi."""

    vector_field: Literal["mlp", "ada_mlp", "transformer"] = Field(
        "mlp", description="sbi's name of the network of the vector field"
    )
    hidden_features: int = Field(100, ge=1, description="width of its hidden layers")
    num_layers: int = Field(5, ge=1, le=50, description="hidden layers")
    sample_with: Literal["ode", "sde"] = Field(
        "ode",
        description="ode: noise is carried along the probability flow, in steps as short as it takes; sde: "
        "against the diffusion, in `sampling_steps`",
    )
    sampling_steps: int = Field(500, ge=2, description="steps of sampling with sde")

    _of_sde = counts_with("sampling_steps", "sample_with", ["sde"])

    @field_validator("hidden_features")
    @classmethod
    def _share_among_heads(cls, value: int, others: ValidationInfo) -> int:
        if others.data.get("vector_field") == "transformer" and value % HEADS:
            raise ValueError(f"a transformer has {HEADS} heads of attention; expected a multiple of {HEADS}")
        return value

    def architecture(self, kind: Literal["flow", "score"], sde_type: str = "ve") -> VectorFieldArchitecture:
        """Which vector field, and its size; needs sbi."""
        from harness_sbi.vector_field import VectorFieldArchitecture

        return VectorFieldArchitecture(
            kind,
            self.vector_field,
            self.hidden_features,
            self.num_layers,
            self.sample_with,
            self.sampling_steps,
            sde_type,
        )


class ScoreOptions(VectorFieldOptions):
    """And which diffusion."""

    sde_type: Literal["ve", "vp", "subvp"] = Field(
        "ve", description="diffusion: variance exploding, preserving, or below preserving"
    )


class RatioOptions(SbiOptions):
    """Which classifier; the defaults are those of sbi."""

    classifier: Literal["resnet", "mlp", "linear"] = Field(
        "resnet", description="sbi's name of the classifier"
    )
    hidden_features: int = Field(50, ge=1, description="width of its hidden layers")
    num_atoms: int = Field(
        10, ge=2, description="parameters to tell those of a pair from, and those of the pair"
    )

    _of_layers = counts_with("hidden_features", "classifier", ["resnet", "mlp"])

    def architecture(self) -> RatioArchitecture:
        """Which classifier, and its size; needs sbi."""
        from harness_sbi.ratio import RatioArchitecture

        return RatioArchitecture(self.classifier, self.hidden_features)
