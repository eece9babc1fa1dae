"""The convolutions of the challenge's own baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from harness.components import Component, Embedder
from harness.embedders.channels import Channels
from harness.errors import HarnessError

KERNEL = 3


def remaining(channels: int, stages: int) -> int:
    """How many positions are left of so many channels after so many stages; 0 or less where none are."""
    for _ in range(stages):
        channels = (channels - 2 * (KERNEL - 1)) // 2
    return channels


class Convolutions(nn.Module):
    """Features (B, F) -> context (B, n_context): what the convolutions found, and the facts of the planet.

    Arguments:
        channels: how the features are laid out.
        filters: of both convolutions of each stage, which ends by taking the greater of two neighbours.
    """

    def __init__(self, channels: Channels, filters: Sequence[int]) -> None:
        super().__init__()
        self.channels = channels
        sizes = [len(channels.blocks), *filters]
        stages = [_stage(n_in, n_out) for n_in, n_out in zip(sizes, filters, strict=False)]
        self.stages = nn.Sequential(*stages, nn.Flatten())
        self.n_context = filters[-1] * remaining(len(channels.wavelength), len(filters)) + channels.n_facts
        for module in self.modules():
            if isinstance(module, nn.Conv1d) and module.bias is not None:
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def forward(self, features: Tensor) -> Tensor:
        spectrum, facts = self.channels.split(features)
        return torch.cat([self.stages(spectrum), facts], dim=-1)


def _stage(n_in: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(n_in, n_out, KERNEL), nn.ReLU(), nn.Conv1d(n_out, n_out, KERNEL), nn.ReLU(), nn.MaxPool1d(2)
    )


class BaselineCNN(Embedder):
    """Stages of two convolutions and a halving along the wavelength axis, without padding."""

    class Options(Component.Options):
        filters: tuple[PositiveInt, ...] = Field(
            (32, 64, 64), min_length=1, description="filters of both convolutions of each stage"
        )

    options: Options

    source: ClassVar[str] = (
        "https://github.com/ucl-exoplanets/ADC2023-baseline; Yip et al. 2021, Peeking inside the Black Box, "
        "https://arxiv.org/abs/2011.11284"
    )
    trainable = True

    def architecture(self, n_features: int) -> Convolutions:
        channels = Channels.of(self, n_features)
        if (sentence := self.too_short(len(channels.wavelength))) is not None:
            raise HarnessError(sentence)
        return Convolutions(channels, self.options.filters)

    def too_short(self, n_channels: int) -> str | None:
        """Why spectra of so many channels cannot be read, in a sentence; None if they can."""
        stages = len(self.options.filters)
        if remaining(n_channels, stages) >= 1:
            return None
        return (
            f"Embedder '{self.name or 'baseline-cnn'}' has {stages} stages of convolutions, after which "
            f"nothing is left of {n_channels} channels; take fewer, for example --set embedder.filters=[32]."
        )
