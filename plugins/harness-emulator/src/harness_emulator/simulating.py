"""Spectra of many atmospheres, kept block by block so that an interruption loses none that is finished."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.components.cores import on_every_core
from harness.errors import HarnessError
from harness.files.storage import write_whole
from harness.files.tensors import read_tensors, write_tensors
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
        path = folder / f"{_digest(forward.identity, some)}.safetensors"
        kept = _kept(path, len(some))
        if kept is not None:
            return kept
        with torch.no_grad():
            inputs = (None if one is None else one.to(device) for one in some.inputs)
            spectra = forward(*inputs).cpu().float()  # type: ignore[arg-type]
        write_whole(path, lambda unfinished: write_tensors(unfinished, {"spectra": spectra}))
        return spectra

    rows = [slice(first, min(first + BLOCK, len(atmospheres))) for first in range(0, len(atmospheres), BLOCK)]
    several = on_every_core if forward.parallel and device.type == "cpu" else map
    found = []
    for spectra in several(block, rows):
        found.append(spectra)
        advance(len(spectra))
    return torch.cat(found)


def _digest(identity: str, atmospheres: Atmospheres) -> str:
    digest = hashlib.sha256(identity.encode())
    for one in atmospheres.inputs:
        digest.update(b"none" if one is None else one.numpy().tobytes())
    return digest.hexdigest()[:24]


def _kept(path: Path, rows: int) -> Tensor | None:
    """A block that was finished before; None where there is none, or it is damaged."""
    if not path.is_file():
        return None
    try:
        spectra = read_tensors(path).get("spectra")
    except HarnessError:
        return None
    return spectra if spectra is not None and len(spectra) == rows else None
