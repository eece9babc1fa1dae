"""What was computed of a retrieval so far, kept so that an interrupted one goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from harness.components import Estimator
from harness.components.run import Run
from harness.errors import HarnessError
from harness.files.storage import write_whole, write_whole_folder
from harness.files.tensors import read_tensors, write_tensors


@dataclass
class Rounds:
    """Spectra and densities on disk, by the order in which they were asked for.

    A retrieval that is begun again asks for the same in the same order, since its random numbers follow from
    its seed, and gets what is there without computing it.

    Arguments:
        folder: to keep them in; None to keep nothing.
    """

    folder: Path | None = None
    asked: int = 0
    learned: int = 0

    def spectra(self, values: Tensor, compute: Callable[[], tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        """Depths (n, C) and log-likelihoods (n,) of parameters (n, P), kept or computed."""
        self.asked += 1
        if self.folder is None:
            return compute()
        path = self.folder / f"spectra-{self.asked:03}.safetensors"
        if path.exists() and (kept := _read(path)) is not None and torch.equal(kept["values"], values):
            return kept["depths"], kept["log_likelihood"]
        depths, log_likelihood = compute()
        tensors = {"values": values, "depths": depths, "log_likelihood": log_likelihood}
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda temporary: write_tensors(temporary, tensors))
        return depths, log_likelihood

    def fitted(self, estimator: Estimator, fit: Callable[[], None], run: Run) -> None:
        """Let an estimator be fitted by `fit`, or take back what one of this round learned."""
        self.learned += 1
        if self.folder is None:
            fit()
            return
        folder = self.folder / f"density-{self.learned:03}"
        if folder.exists():
            try:
                estimator.load(folder, run)
            except HarnessError:  # of another version: it is learned anew, and all that follows from it
                pass
            else:
                return
        fit()
        if not folder.exists():
            write_whole_folder(folder, estimator.save)


def _read(path: Path) -> dict[str, Tensor] | None:
    """Tensors of a file; None where it is damaged, so that they are computed anew."""
    try:
        return read_tensors(path)
    except HarnessError:
        return None
