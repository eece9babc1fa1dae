"""The two networks of a DCGAN, for images whose sides are multiples of four."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from harness_gan.aspa import SIDE, Aspa

SLOPE = 0.2  # of the leaky ReLU


class Generator(nn.Module):
    """Noise z (B, Z) -> images (B, 1, height, width).

    Two transposed convolutions of stride 2 from a quarter of the image's sides, as in Radford et al. 2016
    (https://arxiv.org/abs/1511.06434), and a last convolution of stride 1. There is no batch normalisation:
    an image then depends on its own z alone, which inpainting differentiates. The last layer is linear, for
    the numbers on an ASPA are standardised and not bounded.

    Arguments:
        layout: of the images; pixels that it does not use are 0.
        latent: Z.
        filters: of the last transposed convolution; the first has twice as many.
    """

    used: Tensor

    def __init__(self, layout: Aspa, latent: int, filters: int) -> None:
        super().__init__()
        self.n_facts = layout.n_facts
        self.latent = latent
        small = (layout.height // SIDE, layout.width // SIDE)
        self.project = nn.Sequential(
            nn.Linear(latent, 8 * filters),
            nn.LeakyReLU(SLOPE),
            nn.Linear(8 * filters, 4 * filters * small[0] * small[1]),
            nn.LeakyReLU(SLOPE),
            nn.Unflatten(1, (4 * filters, *small)),
        )
        self.draw = nn.Sequential(
            nn.ConvTranspose2d(4 * filters, 2 * filters, 4, 2, 1),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(2 * filters, filters, 4, 2, 1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(filters, 1, 3, 1, 1),
        )
        self.register_buffer("used", layout.used().float(), persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        image: Tensor = self.draw(self.project(z)) * self.used
        return image


class Discriminator(nn.Module):
    """Images (B, 1, height, width) -> logit of the probability that each is one of the training set (B,).

    Arguments:
        layout: of the images.
        filters: of the first convolution; the second has twice as many.
        spectral: bound every layer's Lipschitz constant by spectral normalisation (Miyato et al. 2018,
            https://arxiv.org/abs/1802.05957).
    """

    def __init__(self, layout: Aspa, filters: int, spectral: bool) -> None:
        super().__init__()
        flat = 2 * filters * (layout.height // SIDE) * (layout.width // SIDE)
        layers: list[nn.Module] = [
            nn.Conv2d(1, filters, 4, 2, 1),
            nn.Conv2d(filters, 2 * filters, 4, 2, 1),
            nn.Linear(flat, 8 * filters),
            nn.Linear(8 * filters, 1),
        ]
        if spectral:
            layers = [spectral_norm(layer) for layer in layers]
        first, second, third, last = layers
        leaky = nn.LeakyReLU(SLOPE)
        self.layers = nn.Sequential(first, leaky, second, leaky, nn.Flatten(), third, leaky, last)

    def forward(self, image: Tensor) -> Tensor:
        logit: Tensor = self.layers(image).squeeze(1)
        return logit


def log_one_minus_probability(logit: Tensor) -> Tensor:
    """log(1 - D) where D = 1 / (1 + exp(-logit)): the perceptual loss, and half of the adversarial one."""
    return -nn.functional.softplus(logit)


def latent_noise(count: int, latent: int, generator: torch.Generator) -> Tensor:
    """Standard normal z (count, latent) on the generator's device."""
    return torch.randn(count, latent, generator=generator, device=generator.device)
