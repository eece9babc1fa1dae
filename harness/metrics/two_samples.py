"""Two samples that a distance compares: checked, of one type, and flattened over planets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from harness.metrics.weights import normalised


@dataclass(frozen=True)
class TwoSamples:
    """Two samples of each of B planets.

    Attributes:
        a: (B, N, D).
        b: (B, M, D), of the same type as `a`.
        weights_a: (B, N), float64, each planet's sum to 1; None where neither sample came with weights.
        weights_b: (B, M), likewise.
        shape: the leading dimensions, whose product is B.
    """

    a: Tensor
    b: Tensor
    weights_a: Tensor | None
    weights_b: Tensor | None
    shape: torch.Size

    @classmethod
    def of(
        cls,
        a: Tensor,
        b: Tensor,
        weights_a: Tensor | None = None,
        weights_b: Tensor | None = None,
        at_least: torch.dtype | None = None,
    ) -> TwoSamples:
        """Samples a (..., N, D) and b (..., M, D) with weights (..., N) and (..., M).

        Arguments:
            a, b: their leading dimensions, and those of the weights, broadcast against each other.
            weights_a, weights_b: zero or positive, not necessarily normalised; equal if None. They
                are constants: no gradient flows to them.
            at_least: the samples become at least as precise as this type; their own if None.

        Raises:
            ValueError: shapes do not fit, a sample is empty, or weights are negative, not finite or
                all zero.
        """
        for name, sample in (("a", a), ("b", b)):
            if sample.ndim < 2 or 0 in sample.shape[-2:]:
                raise ValueError(f"{name} must be (..., n, D) with n, D >= 1, not {tuple(sample.shape)}")
        if a.shape[-1] != b.shape[-1]:
            raise ValueError(
                f"a and b must have the same last dimension, not {a.shape[-1]} and {b.shape[-1]}"
            )
        common = torch.promote_types(a.dtype, b.dtype)
        if at_least is not None:
            common = torch.promote_types(common, at_least)
        given_a = given_b = None
        if weights_a is not None or weights_b is not None:
            given_a, given_b = _weights(weights_a, a, "a"), _weights(weights_b, b, "b")
        leading = [a.shape[:-2], b.shape[:-2], *(w.shape[:-1] for w in (given_a, given_b) if w is not None)]
        try:
            shape = torch.Size(np.broadcast_shapes(*leading))
        except ValueError:
            shapes = ", ".join(str(tuple(one)) for one in leading)
            raise ValueError(f"batch dimensions {shapes} do not broadcast against each other") from None

        def flat(tensor: Tensor, trailing: int) -> Tensor:
            own = tensor.shape[tensor.ndim - trailing :]
            return tensor.expand(*shape, *own).reshape(math.prod(shape), *own)

        return cls(
            flat(a.to(common), 2),
            flat(b.to(common), 2),
            None if given_a is None else flat(given_a, 1),
            None if given_b is None else flat(given_b, 1),
            shape,
        )

    def __len__(self) -> int:
        return len(self.a)

    def masses(self) -> tuple[Tensor, Tensor]:
        """What each point counts for, (B, N) and (B, M), of the samples' own type."""
        return _mass(self.a, self.weights_a), _mass(self.b, self.weights_b)


def _mass(sample: Tensor, weights: Tensor | None) -> Tensor:
    if weights is None:
        return sample.new_full(sample.shape[:-1], 1.0 / sample.shape[-2])
    return weights.to(sample.dtype)


def _weights(weights: Tensor | None, sample: Tensor, name: str) -> Tensor:
    n = sample.shape[-2]
    if weights is None:
        return torch.full((n,), 1.0 / n, dtype=torch.float64, device=sample.device)
    if weights.ndim < 1 or weights.shape[-1] != n:
        raise ValueError(f"{n} rows of {name} need weights_{name} (..., {n}), not {tuple(weights.shape)}")
    return normalised(weights.detach(), f"weights_{name}")
