"""A continuous encoding of wavelength."""

from __future__ import annotations

import math

import torch
from torch import Tensor

LONGEST_PERIOD = 8.0  # in the natural logarithm of wavelength: longer than from 0.3 to 30 um


def encode_wavelength(wavelength: Tensor, periods: int) -> Tensor:
    """Sines and cosines of the logarithm of wavelength.

    The periods are 8, 4, 2, ... in ln(wavelength), whatever grid it is on, so that a wavelength has one
    code on every grid. With 8 of them the shortest is 1/16, three Ariel channels. The amplitude falls with
    the root of the period: what a network learns is then smooth between the channels that it was trained on.

    Arguments:
        wavelength: positive [um] (W,).
        periods: how many, each half of the one before.

    Returns:
        the sines (W, periods), then the cosines, between -1 and 1, in float32.

    References:
        Vaswani et al. 2017, Attention Is All You Need, section 3.5, arXiv:1706.03762; on amplitudes:
        Tancik et al. 2020, Fourier Features Let Networks Learn High Frequency Functions, arXiv:2006.10739
    """
    cycles = 2.0 ** torch.arange(periods, dtype=torch.float64, device=wavelength.device)
    phase = 2 * math.pi / LONGEST_PERIOD * wavelength.double().log()[:, None] * cycles
    return (torch.cat([phase.sin(), phase.cos()], dim=-1) / cycles.sqrt().repeat(2)).float()
