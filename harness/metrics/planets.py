"""Weighted samples of many planets, ragged, in padded chunks of similar length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from harness.metrics.batches import CHUNK

PerPlanet = Tensor | NDArray[np.floating] | Sequence[Tensor | NDArray[np.floating]]

# How far from 1 weights may sum: twice what the challenge's own check of a submission allows, so that
# nothing is refused here that has passed there.
TOLERANCE = 2e-5


@dataclass(frozen=True)
class Padded:
    """A chunk of B planets.

    Attributes:
        samples: (B, n, P), float64.
        weights: (B, n), float64, zero in the padding.
        lengths: rows of each planet (B,).
    """

    samples: Tensor
    weights: Tensor
    lengths: Tensor


class Planets:
    """Samples (M, P) and weights (M,) of each planet, M as it may be.

    Arguments:
        samples: one array (M, P) per planet, or (N, M, P), or one planet's (M, P).
        weights: one array (M,) per planet, or (N, M), or one planet's (M,); each planet's sum to 1.
        name: what the samples are, for messages.

    Raises:
        ValueError: numbers of planets or rows differ.
    """

    def __init__(self, samples: PerPlanet, weights: PerPlanet, n_parameters: int, name: str) -> None:
        self.samples, self.weights, self.name = _tensors(samples, 2), _tensors(weights, 1), name
        if len(self.samples) != len(self.weights):
            raise ValueError(f"{len(self.samples)} {name} traces but {len(self.weights)} sets of weights")
        for planet, (trace, weight) in enumerate(zip(self.samples, self.weights, strict=True)):
            if trace.ndim != 2 or trace.shape[1] != n_parameters or len(trace) == 0:
                raise ValueError(
                    f"{name} trace of planet {planet} has shape {tuple(trace.shape)}; "
                    f"expected (M, {n_parameters}) with M >= 1"
                )
            if weight.shape != trace.shape[:1]:
                raise ValueError(
                    f"{name} trace of planet {planet} has {len(trace)} rows "
                    f"but weights of shape {tuple(weight.shape)}"
                )
        self.lengths = torch.tensor([len(trace) for trace in self.samples], dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.samples)

    def padded(self, planets: Tensor, device: torch.device) -> Padded:
        """The planets at `planets` (B,), padded to the longest of them.

        Raises:
            ValueError: a sample is NaN, or weights are negative, not finite or do not sum to 1.
        """
        samples, weights = self._pad(self.samples, planets, device), self._pad(self.weights, planets, device)
        self._refuse(torch.isnan(samples).any(dim=-1), planets, "holds NaN")
        self._refuse(~torch.isfinite(weights), planets, "has a weight that is NaN or infinite")
        self._refuse(weights < 0, planets, "has a negative weight")
        total = weights.sum(dim=-1, keepdim=True)
        self._refuse((total - 1.0).abs() > TOLERANCE, planets, "has weights that do not sum to 1")
        return Padded(samples, weights, self.lengths[planets].to(device))

    @staticmethod
    def _pad(rows: list[Tensor], planets: Tensor, device: torch.device) -> Tensor:
        chosen = [rows[i] for i in planets.tolist()]
        # padding alone would round all to the precision of the first
        common = reduce(torch.promote_types, {row.dtype for row in chosen})
        padded = pad_sequence([row.to(common) for row in chosen], batch_first=True)
        return padded.to(device, torch.float64)

    def _refuse(self, bad: Tensor, planets: Tensor, fault: str) -> None:
        rows = bad.any(dim=-1)
        if bool(rows.any()):
            planet = int(planets[rows.cpu()].min())
            raise ValueError(f"{self.name} trace of planet {planet} (counted from 0) {fault}")


def pair_chunks(first: Planets, second: Planets, n_parameters: int) -> Iterator[Tensor]:
    """Positions of planets of similar length, as many at a time as memory is meant for.

    Raises:
        ValueError: the two do not hold as many planets.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} {first.name} traces against {len(second)} {second.name} traces")
    rows = first.lengths + second.lengths
    order = rows.argsort(stable=True)
    start = 0
    while start < len(order):
        # the last of a chunk is its longest, so every one of them costs no more than that
        fits = (torch.arange(1, len(order) - start + 1) * rows[order[start:]] * n_parameters) <= CHUNK
        stop = start + max(1, int(fits.sum()))
        yield order[start:stop]
        start = stop


def is_single(samples: PerPlanet) -> bool:
    """Whether these are the samples (M, P) of one planet, given without a dimension for planets."""
    return isinstance(samples, (Tensor, np.ndarray)) and samples.ndim == 2


def _tensors(values: PerPlanet, dimensions: int) -> list[Tensor]:
    """One tensor per planet, each of so many dimensions."""
    if isinstance(values, (Tensor, np.ndarray)):
        tensor = _tensor(values)
        return [tensor] if tensor.ndim == dimensions else list(tensor)
    return [_tensor(value) for value in values]


def _tensor(value: Tensor | NDArray[np.floating]) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach()
    array = np.asarray(value)
    return torch.from_numpy(array if array.flags.writeable else array.copy())
