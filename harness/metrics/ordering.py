"""Sort each marginal of a batch of samples."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def ordered(samples: Tensor) -> tuple[Tensor, Tensor]:
    """Samples (B, n, D) without NaN -> ascending values (B, D, n) and where each one was (B, D, n)."""
    values = samples.mT.contiguous()
    if values.device.type == "cpu" and values.dtype in (torch.float32, torch.float64):
        # numpy sorts with SIMD: one of its threads is three times faster than two of torch's
        order = torch.from_numpy(np.argsort(values.numpy(), axis=-1))
        return values.gather(-1, order), order
    values, order = values.sort(dim=-1)
    return values, order


def cumulative(mass: Tensor, order: Tensor) -> Tensor:
    """Mass (B, n) of the samples summed up in the given order (B, D, n)."""
    return mass[:, None].expand(order.shape).gather(-1, order).cumsum(dim=-1)
