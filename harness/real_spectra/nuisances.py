"""What belongs to the instruments and not to the planet: offsets, and errors that they do not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.real_spectra.spectrum import MeasuredSpectrum

PPM = 1e-6


@dataclass(frozen=True)
class Nuisances:
    """Offsets [ppm] of the groups but the first, then log10 of the errors [ppm] that add to every group's.

    An offset is added to the model's depths: an instrument with a positive one saw deeper transits than the
    first. The added error is Line et al. 2015 (ApJ 807, 183, equation 3): its square adds to the squares of
    the errors, up and down alike.

    Arguments:
        names: of the parameters (Q,).
        shifted: of every group the position of its offset among the parameters, or -1 (groups,).
        widened: the same of the added error (groups,).
        group: of each channel (C,).
    """

    names: tuple[str, ...]
    shifted: Tensor
    widened: Tensor
    group: Tensor

    @classmethod
    def of(cls, spectrum: MeasuredSpectrum, offsets: bool, inflate_errors: bool) -> Nuisances:
        """Those of the groups of a spectrum, as far as they are asked for."""
        moved = spectrum.groups[1:] if offsets else ()
        blurred = spectrum.groups if inflate_errors else ()
        names = (
            *(f"offset_{_word(name)}" for name in moved),
            *(f"log_jitter_{_word(name)}" for name in blurred),
        )
        shifted = [-1, *range(len(moved))] if moved else [-1] * len(spectrum.groups)
        widened = [len(moved) + at for at in range(len(blurred))] or [-1] * len(spectrum.groups)
        return cls(names, torch.tensor(shifted), torch.tensor(widened), torch.from_numpy(spectrum.group))

    @property
    def widens(self) -> bool:
        """Whether an error is among the parameters."""
        return bool((self.widened >= 0).any())

    def offsets(self, values: Tensor) -> Tensor:
        """What is added to the depths of the channels (B, C), of parameters (B, Q)."""
        return PPM * self._of_channels(values, self.shifted, 0.0)

    def added_variance(self, values: Tensor) -> Tensor:
        """What adds to the variance of the channels (B, C), of parameters (B, Q)."""
        logarithm = self._of_channels(values, self.widened, -torch.inf)
        return (PPM * 10**logarithm) ** 2

    def _of_channels(self, values: Tensor, places: Tensor, otherwise: float) -> Tensor:
        missing = values.new_full((len(values), 1), otherwise)
        return torch.cat([values, missing], dim=1)[:, places[self.group]]


def _word(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")
