"""Has the generator collapsed? How much of the training set it draws, measured."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from harness.files.storage import write_whole
from harness.metrics import ks_distance
from harness_gan.aspa import Contents

NEIGHBOURS = 5
ROWS = 2048  # of each sample at most, as many of both: a ball holds a point of the other with p = 1 - 2^-5
LEAST_COVERAGE = 0.5
LARGEST_KS = 0.2
LEAST_SPREAD = 0.5


@dataclass(frozen=True)
class Collapse:
    """How far generated images fall short of the training images.

    Attributes:
        coverage: share of training images with a generated one nearer than their fifth neighbour among
            the training images; about 0.97 for another sample, as large, of the training set itself.
        precision: share of generated images that lie in such a ball of some training image.
        ks: of each parameter, KS distance between what is generated and the training set.
        spread: of each parameter, its standard deviation over that of the training set.
        rows: images of each kind that coverage, precision and distances compare.
    """

    coverage: float
    precision: float
    ks: dict[str, float]
    spread: dict[str, float]
    rows: int

    @classmethod
    def measure(cls, trained: Contents, generated: Contents, names: tuple[str, ...]) -> Collapse:
        """Compare the first rows of each, as many of one as of the other.

        Coverage is that of Naeem et al. 2020 (https://arxiv.org/abs/2002.09797), precision that of
        Kynkäänniemi et al. 2019 (https://arxiv.org/abs/1904.06991), with Euclidean distances between spectra,
        facts and parameters, all standardised.
        """
        rows = min(ROWS, len(trained.parameters), len(generated.parameters))
        real, drawn = _first(rows, trained), _first(rows, generated)
        neighbours = min(NEIGHBOURS, len(real) - 1)
        radius = torch.cdist(real, real).kthvalue(neighbours + 1, dim=1).values  # the nearest is itself
        inside = torch.cdist(real, drawn) <= radius[:, None]
        distance = ks_distance(trained.parameters[:rows], generated.parameters[:rows])
        least = torch.finfo(torch.float32).eps
        spread = generated.parameters.std(0) / trained.parameters.std(0).clamp(min=least)
        return cls(
            coverage=float(inside.any(1).double().mean()),
            precision=float(inside.any(0).double().mean()),
            ks=dict(zip(names, distance.tolist(), strict=True)),
            spread=dict(zip(names, spread.tolist(), strict=True)),
            rows=rows,
        )

    def finding(self) -> str | None:
        """What to tell the user, in words; None where nothing is wrong."""
        found = []
        if self.coverage < LEAST_COVERAGE:
            found.append(f"it covers {100 * self.coverage:.0f}% of the training images")
        off = {name: value for name, value in self.ks.items() if value > LARGEST_KS}
        if off:
            worst = max(off, key=lambda name: off[name])
            found.append(f"what it draws of {worst} is off by a KS distance of {off[worst]:.2f}")
        narrow = {name: value for name, value in self.spread.items() if value < LEAST_SPREAD}
        if narrow:
            worst = min(narrow, key=lambda name: narrow[name])
            found.append(f"{worst} has {100 * narrow[worst]:.0f}% of the spread that it should have")
        if not found:
            return None
        return f"the generator has collapsed in part ({', '.join(found)})"

    def write(self, path: Path) -> None:
        """As JSON."""
        text = json.dumps(asdict(self), indent=2) + "\n"
        write_whole(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def _first(rows: int, contents: Contents) -> Tensor:
    return torch.cat([contents.spectrum, contents.facts, contents.parameters], dim=1)[:rows]
