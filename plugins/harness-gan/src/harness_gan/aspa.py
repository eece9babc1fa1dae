"""The ASPA: spectrum, facts and parameters of a planet laid out as one image, and back."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

SIDE = 4  # height and width are multiples of it: two convolutions of stride 2
CONSTANT = 2  # pixels of each of a bin's two normalisation constants
LEAST_RANGE = 1e-6  # of a bin whose channels are all alike
STRIP_SCALE = 0.5  # pixels of a number of unit spread


@dataclass(frozen=True)
class Contents:
    """What an image holds, for B planets; all numbers are standardised, of order one.

    Attributes:
        spectrum: (B, W), in the order of the channels.
        facts: what else is known of each planet (B, K).
        parameters: (B, P).
    """

    spectrum: Tensor
    facts: Tensor
    parameters: Tensor


class Aspa:
    """The layout of the Atmospheric Spectrum and Parameters Array of Zingales & Waldmann 2018, section 2.2.

    The channels, by ascending wavelength, are cut into bins of about the same size. Each bin is one row: its
    channels normalised to its own minimum and maximum, from -1 to 1, then the maximum and the minimum
    themselves as strips of two pixels. Below, every fact and every parameter is a strip of half a row: what
    is one number takes several pixels, so that it weighs as much as a part of the spectrum does. Pixels that
    belong to nothing are 0.

    `encode` and `decode` are each other's inverse; an image whose pixels of one strip differ, as a network
    draws it, is read by their mean.

    Arguments:
        wavelength: of the channels [um] (W,).
        n_facts: K.
        n_parameters: P.
        bin_size: channels in a bin, at most.
    """

    def __init__(
        self, wavelength: Sequence[float], n_facts: int, n_parameters: int, bin_size: int = 8
    ) -> None:
        order = torch.tensor(wavelength, dtype=torch.float64).argsort(stable=True)
        self.n_channels, self.n_facts, self.n_parameters = len(order), n_facts, n_parameters
        bins = order.tensor_split(-(-len(order) // bin_size))
        longest = max(len(one) for one in bins)
        # a shorter bin repeats its last channel, which changes neither minimum nor maximum
        self.channels = torch.stack([torch.cat([b, b[-1:].expand(longest - len(b))]) for b in bins])
        needed = longest + 2 * CONSTANT
        self.width = -(-needed // SIDE) * SIDE
        self.strip = self.width // 2
        rows = len(bins) + -(-(n_facts + n_parameters) // 2)
        self.height = -(-rows // SIDE) * SIDE
        row = torch.arange(len(bins))[:, None] * self.width
        self.shape_pixels = row + torch.arange(longest)
        self.maximum_pixels = row + longest + torch.arange(CONSTANT)
        self.minimum_pixels = row + longest + CONSTANT + torch.arange(CONSTANT)
        strips = torch.arange(n_facts + n_parameters)[:, None] * self.strip + torch.arange(self.strip)
        strips = strips + len(bins) * self.width
        self.fact_pixels, self.parameter_pixels = strips[:n_facts], strips[n_facts:]

    def to(self, device: torch.device) -> Aspa:
        """The same layout, for images on a device."""
        moved = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(moved, name, value.to(device))
        return moved

    @property
    def n_pixels(self) -> int:
        """Of the whole image."""
        return self.height * self.width

    def used(self) -> Tensor:
        """Which pixels belong to something (height, width), bool."""
        used = torch.zeros(self.n_pixels, dtype=torch.bool, device=self.channels.device)
        for pixels in (
            self.shape_pixels,
            self.maximum_pixels,
            self.minimum_pixels,
            self.fact_pixels,
            self.parameter_pixels,
        ):
            used[pixels.flatten()] = True
        return used.reshape(self.height, self.width)

    def encode(self, contents: Contents) -> Tensor:
        """Images (B, 1, height, width) of what is known of planets."""
        bins = contents.spectrum[:, self.channels]
        low, high = torch.aminmax(bins, dim=-1, keepdim=True)
        shape = 2 * (bins - low) / (high - low).clamp(min=LEAST_RANGE) - 1
        image = bins.new_zeros(len(bins), self.n_pixels)
        image[:, self.shape_pixels] = shape
        image[:, self.maximum_pixels] = STRIP_SCALE * high.expand(-1, -1, CONSTANT)
        image[:, self.minimum_pixels] = STRIP_SCALE * low.expand(-1, -1, CONSTANT)
        image[:, self.fact_pixels] = STRIP_SCALE * contents.facts[..., None].expand(-1, -1, self.strip)
        image[:, self.parameter_pixels] = STRIP_SCALE * contents.parameters[..., None].expand(
            -1, -1, self.strip
        )
        return image.reshape(-1, 1, self.height, self.width)

    def decode(self, image: Tensor) -> Contents:
        """What images (B, 1, height, width) hold, with gradients where they have them."""
        pixels = image.flatten(1)
        high = pixels[:, self.maximum_pixels].mean(-1, keepdim=True) / STRIP_SCALE
        low = pixels[:, self.minimum_pixels].mean(-1, keepdim=True) / STRIP_SCALE
        bins = low + (pixels[:, self.shape_pixels] + 1) / 2 * (high - low).clamp(min=LEAST_RANGE)
        spectrum = bins.new_zeros(len(bins), self.n_channels)
        spectrum[:, self.channels.flatten()] = bins.flatten(1)
        return Contents(
            spectrum,
            pixels[:, self.fact_pixels].mean(-1) / STRIP_SCALE,
            pixels[:, self.parameter_pixels].mean(-1) / STRIP_SCALE,
        )
