"""An alarm: fitted to training planets, kept with a run, asked about any spectra of its channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from harness.alarm.distance import SpectrumDistance
from harness.alarm.ranks import least_p_values, rank_p_values
from harness.data.alarms import Alarms
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.files.tensors import read_tensors, write_tensors
from harness.untrusted.files import MIB, require_file

RANKED = 1000  # planets held out, among whose distances others are ranked
SAMPLED = 256  # of them, whose posteriors are sampled and whose spectra are computed
FEWEST = 100  # validation planets that are enough to rank among; with fewer, training planets are held out
HELD_OUT = 3  # then every third of them

# N spectra with noise -> the chi-square of their posteriors (N,), or None where there is none
ChiSquare = Callable[[Observations], Tensor | None]


@dataclass(frozen=True)
class Alarm:
    """What is needed to say how unlike the training planets' a spectrum is.

    Attributes:
        distance: from the training spectra.
        held_distances: of planets that were held out (n,), float64.
        held_chi_squares: of the first m of those, m <= n (m,); empty where there is none.
    """

    distance: SpectrumDistance
    held_distances: Tensor
    held_chi_squares: Tensor

    @classmethod
    def fit(
        cls,
        train: Observations,
        valid: Observations,
        schema: Schema,
        generator: torch.Generator,
        chi_square: ChiSquare,
    ) -> Self:
        """Learn the training spectra and rank planets that are held out.

        Arguments:
            train, valid: planets as a challenge has them; its test planets are not looked at.
            schema: of the challenge; says whether noise is on the spectra already.
            generator: on the CPU; draws the noise of the held-out planets.
            chi_square: see `harness.alarm.predictive`.
        """
        learned, held = train, valid
        if len(valid) < FEWEST:
            rows = torch.arange(len(train))
            aside = rows % HELD_OUT == HELD_OUT - 1
            learned, held = train[~aside], Observations.join([train[aside], valid])
        every = max(1, -(-len(held) // RANKED))
        seen = as_observed(held[::every], schema, generator)
        distance = SpectrumDistance.fit(learned, schema)
        chi_squares = chi_square(seen[:SAMPLED]) if len(seen) else None
        return cls(
            distance,
            distance(seen),
            torch.empty(0, dtype=torch.float64) if chi_squares is None else chi_squares,
        )

    @property
    def has_chi_square(self) -> bool:
        """Whether it knows which chi-squares planets like those learned from have."""
        return len(self.held_chi_squares) > 0

    def judge(self, observations: Observations, chi_square: ChiSquare) -> Alarms:
        """The alarms of N planets.

        Arguments:
            observations: with noise on their spectra.
            chi_square: of the same method and forward model as when it was fitted; it is asked only where
                this alarm has chi-squares to rank among.
        """
        distance = self.distance(observations)
        by_distance = rank_p_values(distance, self.held_distances)
        found = chi_square(observations) if self.has_chi_square else None
        if found is None:
            return Alarms(by_distance, distance, by_distance, ranked=len(self.held_distances))
        by_chi_square = rank_p_values(found, self.held_chi_squares)
        together = least_p_values((distance, found), (self.held_distances, self.held_chi_squares))
        return Alarms(together, distance, by_distance, found, by_chi_square, len(self.held_chi_squares))

    def save(self, path: Path) -> None:
        """Write it as tensors."""
        write_tensors(
            path,
            {
                "spectra": self.distance.spectra,
                "held_distances": self.held_distances,
                "held_chi_squares": self.held_chi_squares,
            },
        )

    @classmethod
    def load(cls, path: Path, schema: Schema) -> Self:
        """Read what `save` wrote.

        Raises:
            HarnessError: the file is missing or damaged, or is of other channels.
        """
        if require_file(path) > 16 * MIB:
            raise HarnessError(f"{path} is far too large for an alarm; run it again.")
        tensors = read_tensors(path)
        try:
            return cls._checked(tensors, schema)
        except (KeyError, ValueError) as error:
            raise HarnessError(f"{path} is damaged or of other channels ({error}); run it again.") from error

    @classmethod
    def _checked(cls, tensors: Mapping[str, Tensor], schema: Schema) -> Self:
        spectra, distances, chi_squares = (
            tensors[name] for name in ("spectra", "held_distances", "held_chi_squares")
        )
        if spectra.ndim != 2 or spectra.shape[1] != len(schema.wavelength) or not len(spectra):
            raise ValueError(f"spectra of shape {tuple(spectra.shape)}")
        if distances.ndim != 1 or chi_squares.ndim != 1 or len(chi_squares) > len(distances):
            raise ValueError("statistics of another shape")
        return cls(SpectrumDistance(spectra, schema), distances.double(), chi_squares.double())


def as_observed(observations: Observations, schema: Schema, generator: torch.Generator) -> Observations:
    """A challenge's planets as a telescope would see them: with noise drawn, if there is none on them yet.

    Arguments:
        generator: on the CPU.
    """
    seen = observations.to("cpu", torch.float64)
    return seen if schema.noise_included else seen.noisy(generator)
