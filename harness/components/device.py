"""The device that tensors live on, by its name."""

from __future__ import annotations

from functools import cache

import torch

from harness.errors import HarnessError


def resolve_device(name: str) -> torch.device:
    """The device for `auto`, `cpu` or `cuda`.

    Raises:
        HarnessError: the name is another one, or `cuda` was asked for and there is none.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise HarnessError(f"The device '{name}' is not known; choose auto, cpu or cuda.")
    if name == "cuda" and not torch.cuda.is_available():
        raise HarnessError(
            "--device cuda was asked for, but torch sees no CUDA device here; use --device auto or cpu."
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


@cache
def has_bfloat16_matrices() -> bool:
    """Whether the processor has units for matrices of bfloat16 (AMX), which are several times quicker."""
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("amx_bf16", False))
