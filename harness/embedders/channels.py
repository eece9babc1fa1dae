"""Where the numbers of each channel lie among the features, and where the facts of the planet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from torch import Tensor

from harness.components import Embedder
from harness.errors import HarnessError


@dataclass(frozen=True)
class Channels:
    """Features (B, F) are `blocks` of one number a channel, then `n_facts` facts of the planet.

    Attributes:
        blocks: the name of each block.
        wavelength: of the channels [um] (W,).
        n_facts: how many facts of the planet follow.
    """

    blocks: tuple[str, ...]
    wavelength: tuple[float, ...]
    n_facts: int

    @classmethod
    def of(cls, embedder: Embedder, n_features: int) -> Self:
        """The channels of the embedder's layout.

        Raises:
            HarnessError: the preprocessor does not say which features belong to which channel, or the
                wavelengths are not positive.
        """
        name, layout = embedder.name or type(embedder).__name__, embedder.layout
        if not layout.n_channel_features:
            raise HarnessError(
                f"Embedder '{name}' looks along the wavelength axis, but the preprocessor does not say which "
                "features belong to which channel; choose one that does, such as --preprocessor standardize, "
                "or --embedder resmlp."
            )
        if layout.n_channel_features > n_features:
            raise HarnessError(
                f"Embedder '{name}' was given {n_features} features, but the preprocessor's layout has "
                f"{len(layout.blocks)} blocks of {len(layout.wavelength)} channels; correct the preprocessor."
            )
        refuse_impossible(layout.wavelength)
        return cls(layout.blocks, layout.wavelength, n_features - layout.n_channel_features)

    def split(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, F) -> numbers of each channel (B, blocks, W) and facts (B, n_facts).

        W is what the number of features says: spectra on another grid have another number of channels.
        """
        n_channel_features = features.shape[-1] - self.n_facts
        n_channels = n_channel_features // len(self.blocks)
        channels = features[:, :n_channel_features].reshape(len(features), len(self.blocks), n_channels)
        return channels, features[:, n_channel_features:]


def refuse_impossible(wavelength: tuple[float, ...]) -> None:
    """Refuse wavelengths [um] that have no logarithm.

    Raises:
        HarnessError: one is not positive, or not finite.
    """
    for channel, value in enumerate(wavelength):
        if not 0 < value < float("inf"):
            raise HarnessError(
                f"The wavelength of channel {channel} is {value:g} um; expected a positive number."
            )
