"""A differentiable d-dimensional Kolmogorov-Smirnov distance, to train with."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from harness.metrics.chunks import slices
from harness.metrics.soft_orthants import Chunk, evaluate, points_held
from harness.metrics.two_samples import TwoSamples

DIMENSIONS = 16


def soft_ddks(
    a: Tensor,
    b: Tensor,
    temperature: float,
    *,
    maximum_temperature: float | None = None,
    weights_a: Tensor | None = None,
    weights_b: Tensor | None = None,
) -> Tensor:
    r"""The d-dimensional KS distance with soft orthants and a soft maximum; see `ddks`.

    With s the logistic function, a point x lies above the centre c in dimension j to the degree
    :math:`s((x_j - c_j) / T)`, and in an orthant o to the product of its degrees over dimensions. The
    difference :math:`\Delta_{co}` of the two samples' masses goes through a maximum over both signs,
    all orthants and all centres:

    .. math:: \tau \log \sum_c m_c 2^{-D} \sum_o \cosh(\Delta_{co} / \tau)

    with the centres counting for their mass m, half of it in either sample. It is zero for equal
    samples, never above the largest :math:`|\Delta|`, smooth, and increases with every
    :math:`|\Delta|`, so every sample receives a gradient, as a point and as a centre. Far above
    :math:`|\Delta|`, tau makes it :math:`\langle \Delta^2 \rangle / 2 \tau`, a distance to which all
    orthants contribute; far below, the largest alone. It tends to `ddks` as both temperatures go to 0.
    What is exactly equal to the centre, the centre itself too, is above it and gives no gradient.

    The temperature is a length: standardise the samples, so that it means the same in all dimensions.
    Train with 0.1 to 0.3 of the spread: near the spread itself the soft distance is smallest for the
    wrong width, and far below the distance between neighbours the logistic functions are flat.

    Memory does not grow with the (N + M)^2 pairs of points: the gradient is computed along with the
    value, chunk by chunk. It can be differentiated once.

    Arguments:
        a: (..., N, D), D at most 16; half precision becomes float32.
        b: (..., M, D); the leading dimensions of all arguments broadcast against each other.
        temperature: T > 0, in units of the samples.
        maximum_temperature: tau > 0, in units of mass. By default T / log(2^(D + 1) (N + M)), where the
            logarithm is that of the number of values that compete: with N = M and equal weights the
            soft maximum then is at most T below the maximum.
        weights_a: (..., N), zero or positive, not necessarily normalised; equal if None. Constants.
        weights_b: (..., M), likewise.

    Returns:
        distances (...), of the samples' type; NaN where a sample holds NaN.

    Raises:
        ValueError: shapes do not fit, a sample is empty or has too many dimensions, a temperature is
            not positive, or weights are negative, not finite or all zero.

    References:
        Hagen et al. 2021, Accelerated Computation of a High Dimensional Kolmogorov-Smirnov Distance,
        https://arxiv.org/abs/2106.13706, for the distance. The soft form is our own.
    """
    pair = TwoSamples.of(a, b, weights_a, weights_b, at_least=torch.float32)
    (n, dimensions), m = pair.a.shape[-2:], pair.b.shape[-2]
    if dimensions > DIMENSIONS:
        raise ValueError(f"samples of {dimensions} dimensions have too many orthants; at most {DIMENSIONS}")
    if maximum_temperature is None:
        maximum_temperature = temperature / math.log(2 ** (dimensions + 1) * (n + m))
    for name, value in (("temperature", temperature), ("maximum_temperature", maximum_temperature)):
        if not (0 < value < math.inf):
            raise ValueError(f"{name} must be positive and finite, not {value}")
    mass_a, mass_b = pair.masses()
    samples = torch.cat([pair.a, pair.b], dim=1)
    signed = torch.cat([mass_a, -mass_b], dim=1)
    distances: Tensor = _SoftDDKS.apply(  # type: ignore[no-untyped-call]
        samples, signed, temperature, maximum_temperature
    )
    return distances.reshape(pair.shape)


class _SoftDDKS(torch.autograd.Function):
    """Value of samples (B, P, D) with signed mass (B, P), and the gradient with it.

    The value is tau log Z, where Z is a sum over centres. Chunks of centres are joined by Z alone:
    the gradient of the whole is the mean of the chunks' gradients in proportion to their Z.
    """

    @staticmethod
    def forward(
        ctx: Any, samples: Tensor, signed: Tensor, temperature: float, maximum_temperature: float
    ) -> Tensor:
        wanted = ctx.needs_input_grad[0]
        planets, points, dimensions = samples.shape
        held = points_held(dimensions) * points + 4 * 2**dimensions
        log_z = samples.new_empty(planets)
        gradient = torch.empty_like(samples) if wanted else None
        # a product in half precision would lose what the soft maximum looks for
        with torch.autocast(samples.device.type, enabled=False):
            for some in slices(planets, points * held, samples.device):
                total = Chunk.empty(samples[some]) if wanted else Chunk.empty(samples[some, :0])
                for centres in slices(points, len(total.log_z) * held, samples.device):
                    chunk = evaluate(
                        samples[some], signed[some], centres, temperature, maximum_temperature, wanted
                    )
                    total = total.joined(chunk)
                log_z[some] = total.log_z
                if gradient is not None:
                    gradient[some] = total.gradient
        if gradient is not None:
            ctx.save_for_backward(gradient)
        return maximum_temperature * log_z

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * upstream[:, None, None], None, None, None
