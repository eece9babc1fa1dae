"""The state of a fit in one file, from which it goes on as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from harness.errors import HarnessError
from harness.files.bound_tensors import reading_bound, write_bound
from harness.files.optimizer_state import optimizer_tensors, restore_optimizer, under
from harness.fitted_opacities.corrections import Corrections


@dataclass(frozen=True)
class FitCheckpoint:
    """Where the state is kept.

    Attributes:
        path: of the file.
        identity: of what is learned from; the state of another fit is refused.
        begins_anew: a file that is damaged is passed over, where nobody is there to be told.
    """

    path: Path
    identity: str
    begins_anew: bool = False

    def keep(
        self,
        corrections: Corrections,
        optimizer: torch.optim.Optimizer,
        step: int,
        least: float,
        best: dict[str, Tensor],
    ) -> None:
        """Write the state: the steps taken, the least loss, and what it was reached with.

        Raises:
            OSError: the disk is full, or cannot be written to.
        """
        tensors = {
            "step": torch.tensor(step),
            "least": torch.tensor(least, dtype=torch.float64),
            **{f"now/{name}": value for name, value in corrections.state_dict().items()},
            **{f"best/{name}": value for name, value in best.items()},
            **optimizer_tensors("optimizer/", optimizer),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_bound(self.path, self.identity, tensors)

    def restored(
        self, corrections: Corrections, optimizer: torch.optim.Optimizer
    ) -> tuple[int, float, dict[str, Tensor]] | None:
        """Load the state: the steps taken, the least loss, and its state; None where nothing was kept.

        Raises:
            HarnessError: the file is damaged or of another fit.
        """
        if not self.path.exists():
            return None
        try:
            with reading_bound(self.path, self.identity, "fit without --resume") as tensors:
                corrections.load_state_dict(under("now/", tensors))
                restore_optimizer("optimizer/", tensors, optimizer)
                return int(tensors["step"]), float(tensors["least"]), under("best/", tensors)
        except HarnessError:
            if self.begins_anew:
                return None
            raise
