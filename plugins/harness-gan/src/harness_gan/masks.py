"""Which channels are to be filled in, from ranges of wavelength."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from harness.errors import HarnessError

NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
LEAST_KNOWN = 2  # channels that must be left to reconstruct from


def parse_range(text: str) -> tuple[float, float]:
    """Both ends of a range such as "1.0-1.7" [um].

    Raises:
        HarnessError: it is no range, or its ends are not ascending.
    """
    found = re.fullmatch(rf"\s*{NUMBER}\s*-\s*{NUMBER}\s*", text)
    if found is None:
        raise HarnessError(
            f"--mask {text} is no range of wavelengths; write it in um, such as --mask 1.0-1.7."
        )
    low, high = (float(end) for end in found.groups())
    if not low < high:
        raise HarnessError(f"--mask {text} is empty: its ends must be ascending, such as --mask 1.0-1.7.")
    return low, high


def masked_channels(texts: Sequence[str], wavelength: Sequence[float]) -> Tensor:
    """Which channels have their centre in any of the ranges (W,), bool.

    Arguments:
        texts: ranges as they were given.
        wavelength: centres of the channels [um].

    Raises:
        HarnessError: a range is none or holds no channel, or hardly any channel is left.
    """
    centres = torch.tensor(wavelength, dtype=torch.float64)
    span = f"they lie between {float(centres.min()):g} and {float(centres.max()):g} um"
    masked = torch.zeros(len(centres), dtype=torch.bool)
    for text in texts:
        low, high = parse_range(text)
        inside = (centres >= low) & (centres <= high)
        if not inside.any():
            raise HarnessError(f"--mask {text} holds no channel's centre; {span}.")
        masked |= inside
    if int((~masked).sum()) < LEAST_KNOWN:
        raise HarnessError(
            f"The masks leave {int((~masked).sum())} of {len(masked)} channels, and a reconstruction needs "
            f"at least {LEAST_KNOWN}; mask less: {span}."
        )
    return masked
