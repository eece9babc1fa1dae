"""A network with the scales of what it takes and says."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harness_emulator.frames import Frame
from harness_emulator.settings import Architecture


class Surrogate(nn.Module):
    """A network and a frame's head: inputs in their own units to one output for each channel.

    Arguments:
        architecture: of the network.
        frame: in whose quantities it sees atmospheres.
    """

    def __init__(self, architecture: Architecture, frame: Frame) -> None:
        super().__init__()
        self._frame = [frame]  # not a part: it holds nothing that is learned
        self.network = architecture.build(frame.n_inputs, frame.n_outputs)
        self.head = frame.head()
        n_spread = 1 if self.head is not None else frame.n_outputs
        self.register_buffer("input_mean", torch.zeros(frame.n_inputs))
        self.register_buffer("input_spread", torch.ones(frame.n_inputs))
        self.register_buffer("mean", torch.zeros(n_spread))
        self.register_buffer("spread", torch.ones(n_spread))
        self.input_mean: Tensor
        self.input_spread: Tensor
        self.mean: Tensor
        self.spread: Tensor

    @torch.no_grad()
    def begin(self, inputs: Tensor, outputs: Tensor) -> None:
        """Take the scales of inputs (N, F) and outputs (N, W), and begin near these on the whole."""
        self.input_mean.copy_(inputs.mean(dim=0))
        self.input_spread.copy_(_spread(inputs))
        if self.head is None:
            self.mean.copy_(outputs.mean(dim=0))
            self.spread.copy_(_spread(outputs))
        self._frame[0].begin(self.head, inputs, outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """Inputs (B, F) -> outputs (B, W), float32."""
        inputs = inputs.float()
        said = self.network((inputs - self.input_mean) / self.input_spread) * self.spread + self.mean
        return self._frame[0].headed(self.head, said, inputs)


def _spread(values: Tensor) -> Tensor:
    """Of each column; 1 where it is 0."""
    spread = values.std(dim=0)
    return torch.where(spread > 0, spread, 1.0)
