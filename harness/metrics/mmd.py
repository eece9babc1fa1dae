"""The maximum mean discrepancy between two samples."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.metrics.kernels import RBF, Kernel, Polynomial
from harness.metrics.pairwise import check_unbiased, discrepancy
from harness.metrics.two_samples import TwoSamples

KERNELS: dict[str, type[RBF | Polynomial]] = {"rbf": RBF, "polynomial": Polynomial}


def mmd(
    a: Tensor,
    b: Tensor,
    kernel: Kernel | str = "rbf",
    *,
    unbiased: bool = False,
    weights_a: Tensor | None = None,
    weights_b: Tensor | None = None,
) -> Tensor:
    r"""The squared maximum mean discrepancy between two samples.

    .. math:: E\,k(a, a') + E\,k(b, b') - 2 E\,k(a, b)

    Differentiable, in bounded memory: pairs are computed chunk by chunk, once more in the backward pass.

    Arguments:
        a: (..., N, D); half precision becomes float32.
        b: (..., M, D); the leading dimensions of all arguments broadcast against each other.
        kernel: `RBF` (a mixture of scales around the median distance) or `Polynomial`, or "rbf" or
            "polynomial" for their defaults. RBF treats all dimensions alike: standardise the samples.
        unbiased: leave out the pairs of a point with itself. Its mean over equal distributions is zero,
            so it is negative at times; with them it never is, and only equal samples give zero.
        weights_a: (..., N), zero or positive, not necessarily normalised; equal if None. Constants.
        weights_b: (..., M), likewise.

    Returns:
        squared discrepancies (...), of the samples' type; NaN where a sample holds NaN.

    Raises:
        ValueError: shapes do not fit, a sample is empty (or one point, if unbiased), the kernel is not
            known, or weights are negative, not finite or all zero.

    References:
        Gretton, Borgwardt, Rasch, Schölkopf & Smola 2012, A Kernel Two-Sample Test, Journal of Machine
        Learning Research 13, 723, equations 3 (unbiased) and 5 (biased).
    """
    pair = TwoSamples.of(a, b, weights_a, weights_b, at_least=torch.float32)
    mass_a, mass_b = pair.masses()
    if unbiased:
        check_unbiased(mass_a, mass_b)
    function = _named(kernel).fitted(pair.a, pair.b, mass_a, mass_b)
    return discrepancy(function, pair.a, pair.b, mass_a, mass_b, unbiased).reshape(pair.shape)


def _named(kernel: Kernel | str) -> Kernel:
    if isinstance(kernel, Kernel):
        return kernel
    if kernel not in KERNELS:
        raise ValueError(f"kernel must be a Kernel or one of {', '.join(KERNELS)}, not '{kernel}'")
    return KERNELS[kernel]()
