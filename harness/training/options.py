"""The options that estimators trained by steps of a gradient share."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.training.optimizers import Rule
from harness.training.schedule import Shape
from harness.training.sources import ChallengeSources
from harness.training.supervision import Kind
from harness.training.trainer import TrainingSettings
from harness.training.weight_options import TracedWeightOptions


class TrainingOptions(TracedWeightOptions):
    """What is learned from, how long and how fast; and whether the forward model weights the samples."""

    members: int = Field(1, ge=1, le=100, description="networks trained apart, whose samples are pooled")
    supervision: Kind = Field(
        "auto",
        description="what is learned from: parameters (of the training planets), traces (rows of reference "
        "traces), mix (both), simulations (pairs from the forward model under the prior), or auto: "
        "simulations where there is a model that makes the training spectra, else parameters, and traces "
        "beside them where there are any",
    )
    trace_fraction: float = Field(
        0.1, gt=0, lt=1, description="share of trace rows in each batch, where there are also other pairs"
    )
    rows_per_planet: int = Field(2, ge=1, le=1024, description="trace rows drawn for one planet at one step")
    simulations: int = Field(
        50_000, ge=100, description="pairs to simulate, where simulations are learned from"
    )
    epochs: int = Field(40, ge=1, description="epochs at most")
    steps: int = Field(200, ge=1, description="steps of each epoch")
    batch: int = Field(256, ge=2, description="posterior samples learned from at each step")
    learning_rate: float = Field(2e-3, gt=0, le=1, description="learning rate at its peak")
    optimizer: Rule = Field(
        "adamw",
        description="adamw, or muon, which takes more time for a step and fewer steps: matrices by "
        "orthogonalised momentum, all else by adamw",
    )
    schedule: Shape = Field(
        "cosine", description="learning rate: falling as a cosine, halved on a plateau, or constant"
    )
    patience: int = Field(10, ge=1, description="epochs without a better held-out loss before stopping early")
    clip: float = Field(5.0, gt=0, description="largest norm of a gradient; longer ones are shortened")
    averaging: float = Field(
        0.995, ge=0, lt=1, description="decay of the running average of the weights; 0 for none"
    )
    weight_decay: float = Field(1e-5, ge=0, description="weight decay of AdamW")
    mixed_precision: Literal["auto"] | bool = Field(
        "auto",
        description="train the embedder in bfloat16, while densities stay in float32: auto where a processor "
        "has units for it (AMX), true everywhere, on a GPU too",
    )
    compile: bool = Field(
        False,
        description="compile the network with torch.compile, which takes a C++ compiler and about a minute, "
        "and then half the time for each step",
    )

    def sources(self) -> ChallengeSources:
        """Where pairs and traces come from, as the options say."""
        return ChallengeSources(self.supervision, self.simulations, self.trace_fraction, self.rows_per_planet)

    def settings(self) -> TrainingSettings:
        """How long and how fast to train."""
        return TrainingSettings(
            self.epochs,
            self.steps,
            self.batch,
            self.learning_rate,
            self.schedule,
            self.patience,
            self.clip,
            self.averaging,
            self.weight_decay,
            self.optimizer,
        )
