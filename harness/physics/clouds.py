"""Clouds and hazes: how much of each layer an opaque deck covers, and how a haze scatters."""

from __future__ import annotations

import math

from torch import Tensor

from harness.physics.atmosphere import Layers

HAZE_WAVELENGTH = 0.35  # um
# Rayleigh scattering of H2 at that wavelength, as MacDonald and Madhusudhan (2017) take it
HAZE_CROSS_SECTION = 5.31e-31  # m2


def deck_cover(layers: Layers, log_pressure: Tensor) -> Tensor:
    """Share of each layer (B, L) that lies below the top of an opaque deck.

    TauREx 3's SimpleClouds takes a layer whole or not at all, by the pressure in its middle. Here the layer
    of the top counts in part, in log pressure, so that depths are continuous in the pressure of the top;
    where that is a boundary between layers both are the same.

    Arguments:
        log_pressure: log10 of the pressure [Pa] at the top of the deck (B,).
    """
    step = layers.log_step / math.log(10)
    lower = math.log10(layers.bottom) - step * log_pressure.new_tensor(range(layers.number))
    return ((lower - log_pressure[:, None]) / step).clamp(0, 1)


def haze_cross_section(wavelength: Tensor, log_haze: Tensor, slope: Tensor) -> Tensor:
    """Scattering cross-section [m2] per molecule of H2 (B, W).

    Arguments:
        wavelength: [um] (W,).
        log_haze: log10 of the factor on that of H2 at 0.35 um (B,).
        slope: power of the wavelength, -4 for Rayleigh scattering (B,).

    Reference:
        R. J. MacDonald and N. Madhusudhan, MNRAS 469, 1979, 2017, equation 12.
    """
    exponent = slope[:, None] * (wavelength / HAZE_WAVELENGTH).log() + math.log(10) * log_haze[:, None]
    return HAZE_CROSS_SECTION * exponent.exp()
