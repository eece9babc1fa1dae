"""Whether test planets are as those that the method learned from, and which of them are not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from harness.components import Challenge
from harness.explain.embedding import Embedding
from harness.metrics import mmd, permutation_test
from harness.runs.fitted import FittedRun

COMPARED = 300  # planets of either sample at most
PERMUTATIONS = 199
NEIGHBOURS = 5  # whose mean distance says how far a planet is from what was learned
SHOWN = 3  # nearest training planets of a strange one
LEAST = 8  # planets of a group that is tested
AT_ONCE = 256  # planets whose distances are computed together
HELD_OUT = "valid"


@dataclass(frozen=True)
class GroupDrift:
    """Whether one group of planets is as the training planets.

    Attributes:
        name: the partition, or the split.
        planets: how many were compared.
        discrepancy: squared maximum mean discrepancy between their embeddings.
        p_value: of finding one as large by chance.
        far: the share of planets that are farther from their nearest training planets than 95% of those held
            out.
    """

    name: str
    planets: int
    discrepancy: float
    p_value: float
    far: float


@dataclass(frozen=True)
class Drift:
    """What was found.

    Attributes:
        what: in which space, for a reader.
        groups: of planets, those held out from training first, as a control, where there are any.
        plane: the first two directions of the embedding of some training planets (2, R) and of all test
            planets (2, N); the second is 0 where there is one direction.
        distance: mean distance of each test planet from its 5 nearest training planets (N,).
        p_value: the share of held-out planets that are as far (N,).
        nearest: positions of the 3 nearest training planets of each (N, 3), nearest first.
        kinds: the partition of each test planet, or "test".
    """

    what: str
    groups: tuple[GroupDrift, ...]
    plane: tuple[Tensor, Tensor]
    distance: Tensor
    p_value: Tensor
    nearest: Tensor
    kinds: tuple[str, ...]

    def strangest(self, most: int, each: int | None = None) -> list[int]:
        """Positions of the test planets that are farthest from training planets, the farthest first.

        Arguments:
            most: how many.
            each: how many of one kind at most, where there are several; None for any number.
        """
        found: list[int] = []
        for row in self.distance.argsort(descending=True, stable=True).tolist():
            alike = sum(self.kinds[other] == self.kinds[row] for other in found)
            if len(found) < most and (each is None or len(set(self.kinds)) == 1 or alike < each):
                found.append(row)
        return found


def drift(fitted: FittedRun, challenge: Challenge, seed: int) -> Drift:
    """Compare the embeddings of test and training planets.

    Groups by the maximum mean discrepancy with a permutation test, planets by their distance from the nearest
    training planets, ranked among that of planets held out (of training planets from each other, where none
    are).

    References:
        Gretton et al. 2012, A Kernel Two-Sample Test, Journal of Machine Learning Research 13, 723.
    """
    test, train = challenge.test, challenge.train.observations
    generator = torch.Generator().manual_seed(seed)
    embedding = Embedding.of(fitted, train)
    placed = embedding.place(test.observations)
    held_out = challenge.valid.observations
    control = embedding.place(held_out) if len(held_out) >= LEAST else None
    distance, nearest = _neighbours(placed, embedding.train, skip=0)
    if control is None:
        some = torch.randperm(len(train), generator=generator)[:COMPARED]
        usual, _ = _neighbours(embedding.train[some], embedding.train, skip=1)
    else:
        usual, _ = _neighbours(control, embedding.train, skip=0)
    partitions = test.partitions() or {"test": np.arange(len(test))}
    groups = {name: (placed[rows], distance[rows]) for name, rows in partitions.items()}
    if control is not None:
        groups = {HELD_OUT: (control, usual), **groups}
    tested = tuple(
        _group(name, *group, embedding.train, usual, generator)
        for name, group in groups.items()
        if len(group[0]) >= LEAST
    )
    step = -(-len(train) // 800)
    as_far = (usual[None] >= distance[:, None]).sum(dim=1)
    return Drift(
        embedding.what,
        tested,
        (_plane(embedding.train[::step]), _plane(placed)),
        distance,
        (as_far + 1).double() / (len(usual) + 1),
        nearest,
        ("test",) * len(test) if test.partition is None else tuple(test.partition.tolist()),
    )


def _group(
    name: str, placed: Tensor, distance: Tensor, train: Tensor, usual: Tensor, generator: torch.Generator
) -> GroupDrift:
    own = placed[torch.randperm(len(placed), generator=generator)[:COMPARED]]
    learned = train[torch.randperm(len(train), generator=generator)[:COMPARED]]
    tested = permutation_test(
        partial(mmd, unbiased=True),
        own.float(),
        learned.float(),
        permutations=PERMUTATIONS,
        generator=generator,
    )
    far = (distance > torch.quantile(usual, 0.95)).double().mean()
    return GroupDrift(name, len(own), float(tested.statistic), float(tested.p_value), float(far))


def _neighbours(placed: Tensor, train: Tensor, skip: int) -> tuple[Tensor, Tensor]:
    """Mean distance from the nearest training planets (N,), and which they are (N, 3)."""
    count = min(NEIGHBOURS + skip, len(train))
    distances, rows = [], []
    for start in range(0, len(placed), AT_ONCE):
        found = torch.cdist(placed[start : start + AT_ONCE], train).topk(count, dim=1, largest=False)
        distances.append(found.values[:, min(skip, count - 1) :].mean(dim=1))
        rows.append(found.indices[:, :SHOWN])
    return torch.cat(distances), torch.cat(rows)


def _plane(placed: Tensor) -> Tensor:
    second = placed[:, 1] if placed.shape[1] > 1 else torch.zeros(len(placed)).to(placed)
    return torch.stack([placed[:, 0], second])
