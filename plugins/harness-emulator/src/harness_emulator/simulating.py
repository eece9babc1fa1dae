"""Spectra of many atmospheres, kept block by block so that an interruption loses none that is finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.components.cores import on_every_core
from harness.files.kept import digest_of, keep, kept
from harness_emulator.draws import Atmospheres

BLOCK = 2048


def simulated(
    forward: ForwardModel,
    atmospheres: Atmospheres,
    folder: Path,
    device: torch.device,
    advance: Callable[[int], None],
) -> Tensor:
    """Spectra (N, W), float32 on the CPU; not finite where there is no planet.

    Arguments:
        forward: the model.
        atmospheres: N of them.
        folder: where finished blocks lie, and are found again.
        device: where to compute.
        advance: called with the number of spectra just done.
    """

    def block(rows: slice) -> Tensor:
        some = atmospheres[rows]
        path = folder / f"{digest_of((forward.identity,), some.inputs)[:24]}.safetensors"
        found = kept(path, len(some))
        if found is not None:
            return found
        with torch.no_grad():
            inputs = (None if one is None else one.to(device) for one in some.inputs)
            spectra = forward(*inputs).cpu().float()  # type: ignore[arg-type]
        keep(path, spectra)
        return spectra

    rows = [slice(first, min(first + BLOCK, len(atmospheres))) for first in range(0, len(atmospheres), BLOCK)]
    several = on_every_core if forward.parallel and device.type == "cpu" else map
    blocks = []
    for spectra in several(block, rows):
        blocks.append(spectra)
        advance(len(spectra))
    return torch.cat(blocks)
