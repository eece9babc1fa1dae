"""What a method sees: spectra, their noise, and facts about star and planet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Index = slice | NDArray[np.intp] | NDArray[np.bool_] | Sequence[int]


@dataclass(frozen=True)
class Observations:
    """The spectra of N planets on W channels, with A auxiliary columns.

    Attributes:
        planet_ids: N unique names.
        spectrum: transit depth (N, W), in the schema's `spectrum_unit`.
        noise: its 1-sigma noise (N, W), in the same unit.
        auxiliary: facts about star and planet (N, A), in the units of the schema's columns.
    """

    planet_ids: NDArray[np.str_]
    spectrum: Tensor
    noise: Tensor
    auxiliary: Tensor

    def __post_init__(self) -> None:
        n = len(self.planet_ids)
        if not (self.spectrum.shape == self.noise.shape and self.spectrum.ndim == 2):
            raise ValueError(
                f"spectrum {tuple(self.spectrum.shape)} and noise {tuple(self.noise.shape)} "
                "must both be (N, W)"
            )
        if not (len(self.spectrum) == len(self.auxiliary) == n and self.auxiliary.ndim == 2):
            raise ValueError(
                f"{n} planet ids need {n} spectra and an (N, A) auxiliary table, "
                f"not {len(self.spectrum)} and {tuple(self.auxiliary.shape)}"
            )

    def __len__(self) -> int:
        return len(self.planet_ids)

    def __getitem__(self, index: Index) -> Observations:
        """The planets at `index` (a slice, integer positions, or a mask over all planets)."""
        rows = row_numbers(index, len(self))
        return Observations(
            self.planet_ids[rows.numpy()], self.spectrum[rows], self.noise[rows], self.auxiliary[rows]
        )

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> Observations:
        """The same planets with their tensors on `device`, as `dtype` if given."""
        return replace(
            self,
            spectrum=self.spectrum.to(device, dtype),
            noise=self.noise.to(device, dtype),
            auxiliary=self.auxiliary.to(device, dtype),
        )


def row_numbers(index: Index, n: int) -> Tensor:
    """The positions, int64, that an index into n planets means.

    Raises:
        IndexError: a mask does not have one entry for each planet.
    """
    if isinstance(index, slice):
        return torch.arange(n)[index]
    rows = np.asarray(index)
    if rows.dtype == np.bool_:
        if rows.shape != (n,):
            raise IndexError(f"a mask over {n} planets must have shape ({n},), not {rows.shape}")
        rows = np.flatnonzero(rows)
    return torch.from_numpy(rows.astype(np.int64))
