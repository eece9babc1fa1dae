"""What a method sees: spectra, their noise, and facts about star and planet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Index = slice | Tensor | NDArray[np.intp] | NDArray[np.bool_] | Sequence[int]


@dataclass(frozen=True)
class Observations:
    """The spectra of N planets on W channels, with A auxiliary columns.

    Attributes:
        planet_ids: N unique names; None where the planets have none, as those that a training simulates.
        spectrum: transit depth (N, W), in the schema's `spectrum_unit`.
        noise: its 1-sigma noise (N, W), in the same unit.
        auxiliary: facts about star and planet (N, A), in the units of the schema's columns.
    """

    planet_ids: NDArray[np.str_] | None
    spectrum: Tensor
    noise: Tensor
    auxiliary: Tensor

    def __post_init__(self) -> None:
        for what in ("spectrum", "noise", "auxiliary"):
            values: object = getattr(self, what)
            if not isinstance(values, Tensor):
                raise TypeError(f"{what} must be a tensor, not of type {type(values).__name__}")
        if not (self.spectrum.shape == self.noise.shape and self.spectrum.ndim == 2):
            raise ValueError(
                f"spectrum {tuple(self.spectrum.shape)} and noise {tuple(self.noise.shape)} "
                "must both be (N, W)"
            )
        n = len(self.spectrum) if self.planet_ids is None else len(self.planet_ids)
        if not (len(self.spectrum) == len(self.auxiliary) == n and self.auxiliary.ndim == 2):
            raise ValueError(
                f"{n} planet ids need {n} spectra and an (N, A) auxiliary table, "
                f"not {len(self.spectrum)} and {tuple(self.auxiliary.shape)}"
            )

    def __len__(self) -> int:
        return len(self.spectrum)

    def __getitem__(self, index: Index) -> Observations:
        """The planets at `index`: a slice, integer positions, or a mask over all planets.

        Planets without names are picked on their tensors' device: a slice shares their memory, and a tensor
        of positions or a mask on that device is not copied to the host.
        """
        rows = index if isinstance(index, slice) else row_numbers(index, len(self))
        names = self.planet_ids
        if names is not None:
            names = names[rows.cpu().numpy() if isinstance(rows, Tensor) else rows]
        return Observations(names, self.spectrum[rows], self.noise[rows], self.auxiliary[rows])

    @classmethod
    def join(cls, parts: Sequence[Observations]) -> Observations:
        """The planets of all parts, one part after the other; without names if those of a part have none."""
        names = [part.planet_ids for part in parts if part.planet_ids is not None]
        return cls(
            np.concatenate(names) if len(names) == len(parts) else None,
            torch.cat([part.spectrum for part in parts]),
            torch.cat([part.noise for part in parts]),
            torch.cat([part.auxiliary for part in parts]),
        )

    @property
    def names(self) -> NDArray[np.str_]:
        """The planets' names (N,).

        Raises:
            ValueError: they have none.
        """
        if self.planet_ids is None:
            raise ValueError("these planets have no names")
        return self.planet_ids

    def title(self, planet: int) -> str:
        """What a message calls the planet at a position: its name, or "number 3" where it has none."""
        return f"number {planet + 1}" if self.planet_ids is None else str(self.planet_ids[planet])

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> Observations:
        """The same planets with their tensors on `device`, as `dtype` if given."""
        return replace(
            self,
            spectrum=self.spectrum.to(device, dtype),
            noise=self.noise.to(device, dtype),
            auxiliary=self.auxiliary.to(device, dtype),
        )

    def noisy(self, generator: torch.Generator) -> Observations:
        """The same planets seen once more: Gaussian noise of their 1-sigma noise, added to their spectra.

        Arguments:
            generator: on the device of the spectra.
        """
        drawn = torch.randn(
            self.spectrum.shape, generator=generator, dtype=self.spectrum.dtype, device=self.spectrum.device
        )
        return replace(self, spectrum=self.spectrum + self.noise * drawn)


def row_numbers(index: Index, n: int) -> Tensor:
    """The positions, int64, that an index into n planets means; on the device of a tensor.

    Raises:
        IndexError: a mask does not have one entry for each planet.
    """
    if isinstance(index, slice):
        return torch.arange(n)[index]
    rows = index if isinstance(index, Tensor) else torch.from_numpy(_integers_or_mask(index))
    if rows.dtype == torch.bool:
        if rows.shape != (n,):
            raise IndexError(f"a mask over {n} planets must have shape ({n},), not {tuple(rows.shape)}")
        rows = torch.nonzero(rows).flatten()
    return rows.long()


def _integers_or_mask(index: Sequence[int] | NDArray[np.intp] | NDArray[np.bool_]) -> NDArray[np.generic]:
    rows = np.asarray(index)
    return rows if rows.dtype == np.bool_ else rows.astype(np.int64)
