"""What an emulator is built from and how it is trained, for those who ask without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from torch import nn

LARGEST = 2**14  # of a width, for what a file says


class Architecture(BaseModel):
    """What a network is built from.

    Attributes:
        network: "residual", or "convolutional" as Himes et al. 2022 have it.
        width: of each hidden layer.
        depth: residual blocks, or dense layers after the convolution.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: Literal["residual", "convolutional"] = "residual"
    width: int = Field(256, ge=1, le=LARGEST)
    depth: int = Field(3, ge=1, le=64)

    def build(self, n_inputs: int, n_outputs: int) -> nn.Module:
        """The network from standardised inputs (B, n_inputs) to standardised outputs (B, n_outputs)."""
        from harness.embedders.residual import ResidualNetwork
        from harness_emulator.convolutional import ConvolutionalNetwork

        if self.network == "convolutional":
            return ConvolutionalNetwork(n_inputs, n_outputs, self.width, self.depth)
        return ResidualNetwork(n_inputs, n_outputs, self.width, self.depth)


HIMES = Architecture(network="convolutional", width=4096, depth=3)
HIMES_RATE = 1e-4  # of AdamW, by which so wide a network descends


class Settings(BaseModel):
    """How an emulator is trained.

    Attributes:
        atmospheres: to learn from, computed by the quick model.
        finishing: of them that are computed by the model itself, and end the training.
        held_out: atmospheres that it is looked at with.
        epochs: over the atmospheres.
        finishing_epochs: over those that end the training.
        batch: atmospheres of one step.
        rate: peak of the learning rate.
        seed: of draws, first weights and order.
        architecture: of the network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    atmospheres: int = Field(120_000, ge=64)
    finishing: int = Field(30_000, ge=0)
    held_out: int = Field(2_000, ge=16)
    epochs: int = Field(40, ge=1)
    finishing_epochs: int = Field(15, ge=1)
    batch: int = Field(512, ge=1)
    rate: float = Field(7e-3, gt=0, le=1)
    seed: int = Field(0, ge=0)
    architecture: Architecture = Architecture()
