"""Two-sample tests by permutation, with any distance as the statistic."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from harness.metrics.chunks import slices
from harness.metrics.two_samples import TwoSamples


class PermutationTest(NamedTuple):
    """The result of a permutation test of each planet.

    Attributes:
        statistic: the distance between the samples as they are (...).
        p_value: the fraction of permutations, the one that leaves all in place among them, whose
            distance is at least as large (...), float64.
    """

    statistic: Tensor
    p_value: Tensor


@torch.no_grad()
def permutation_test(
    statistic: Callable[[Tensor, Tensor], Tensor],
    a: Tensor,
    b: Tensor,
    *,
    permutations: int = 199,
    generator: torch.Generator | None = None,
) -> PermutationTest:
    """Test whether two samples come from one distribution: how large is a distance by chance?

    Points are dealt out anew to samples of the same sizes, independently for each planet. Under the
    hypothesis the p-value is at most p with a probability of at most p, for any statistic and any
    sample size. Points count equally; resample weighted samples before.

    Arguments:
        statistic: of a (..., N, D) and b (..., M, D), the distance (...), such as `ddks`, `mmd`,
            `energy_distance`, `sliced_wasserstein`, or any of them with its options bound by
            `functools.partial`.
        a: (..., N, D).
        b: (..., M, D); leading dimensions broadcast.
        permutations: how many are drawn; the smallest p-value is 1 / (permutations + 1).
        generator: draws the permutations; the same ones in every call if None.

    Returns:
        statistics and p-values (...).

    Raises:
        ValueError: shapes do not fit, a sample is empty, or there is no permutation.

    References:
        Phipson & Smyth 2010, Permutation P-values Should Never Be Zero, Statistical Applications in
        Genetics and Molecular Biology 9, 39.
    """
    if permutations < 1:
        raise ValueError(f"there must be at least one permutation, not {permutations}")
    pair = TwoSamples.of(a, b)
    generator = torch.Generator().manual_seed(0) if generator is None else generator
    observed = statistic(pair.a, pair.b)
    # equal distances may differ in their last digits, because sums are in another order
    threshold = observed - 100 * torch.finfo(observed.dtype).eps * observed.abs().clamp(min=1e-3)
    pooled = torch.cat([pair.a, pair.b], dim=1)
    n = pair.a.shape[1]
    reached = torch.ones(len(pair), dtype=torch.int64, device=pooled.device)
    for some in slices(permutations, pooled.numel(), pooled.device):
        count = some.stop - some.start
        keys = torch.rand((count, *pooled.shape[:2]), generator=generator, device=generator.device)
        order = keys.argsort(dim=-1).to(pooled.device)[..., None].expand(-1, -1, -1, pooled.shape[2])
        dealt = pooled.expand(count, *pooled.shape).gather(2, order)
        reached += (statistic(dealt[:, :, :n], dealt[:, :, n:]) >= threshold).sum(dim=0)
    p_value = reached.double() / (permutations + 1)
    return PermutationTest(observed.reshape(pair.shape), p_value.reshape(pair.shape))
