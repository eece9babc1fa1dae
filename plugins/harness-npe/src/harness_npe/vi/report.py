"""What variational inference took for each planet, as a table and as a sentence."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from harness.files.storage import write_whole


@dataclass(frozen=True)
class Cost:
    """What N planets took.

    Attributes:
        models: names of the models, from the quickest to the exact one.
        asked: spectra of each for each planet while its flow was fitted (models, N).
        steps: of each planet (N,).
        weighted: draws of each flow whose likelihoods were computed at the end.
        seconds: for all planets together.
    """

    models: Sequence[str]
    asked: Tensor
    steps: Tensor
    weighted: int
    seconds: float

    def sentence(self) -> str:
        """For the user."""
        mean = self.asked.double().mean(1).tolist()
        parts = [f"{count:,.0f} of the {name} model" for name, count in zip(self.models, mean, strict=True)]
        planets = self.asked.shape[1]
        return (
            f"flows of {planets} planets took {', '.join(parts)} for each (mean), in "
            f"{float(self.steps.double().mean()):.0f} steps, and {self.weighted:,} likelihoods at the end; "
            f"{self.seconds / max(1, planets):.2g} s a planet."
        )

    def write(self, path: Path, planets: Sequence[str]) -> None:
        """A CSV table with a row for each planet."""

        def fill(temporary: Path) -> None:
            with temporary.open("w", newline="", encoding="utf-8") as file:
                table = csv.writer(file, lineterminator="\n")
                table.writerow(["planet_id", "steps", *(f"{name} spectra" for name in self.models)])
                rows = torch.cat([self.steps[None].to(self.asked), self.asked]).T.tolist()
                table.writerows([planet, *row] for planet, row in zip(planets, rows, strict=True))

        write_whole(path, fill)
