"""The network of Himes et al. 2022."""

from __future__ import annotations

from torch import Tensor, nn

FEATURES = 256  # of the convolution


class ConvolutionalNetwork(nn.Sequential):
    """A convolution along the inputs, then dense layers: 4096 units, three times, in the original.

    References:
        Himes et al. 2022, Accurate Machine-learning Atmospheric Retrieval via a Neural-network Surrogate
        Model for Radiative Transfer, Planetary Science Journal 3, 91: 3 convolutional features of the inputs
    """

    def __init__(self, n_inputs: int, n_outputs: int, width: int, depth: int) -> None:
        layers: list[nn.Module] = [_Row(), nn.Conv1d(1, FEATURES, kernel_size=3), nn.Flatten(), nn.ReLU()]
        n_last = FEATURES * (n_inputs - 2)
        for _ in range(depth):
            layers += [nn.Linear(n_last, width), nn.ReLU()]
            n_last = width
        super().__init__(*layers, nn.Linear(n_last, n_outputs))


class _Row(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values.unsqueeze(1)
