"""How long a spectrum takes, of an emulator and of the model that it imitates, in one run."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from harness.components import ForwardModel
from harness_emulator.draws import Atmospheres

BATCH = 256
SECONDS = 1.0  # that each model is timed for, at least


@dataclass(frozen=True)
class Speed:
    """Milliseconds of a spectrum, with all the cores that torch may use.

    Attributes:
        model: of the model itself.
        quick: of its quick model.
        emulator: of the emulator.
        cores: threads of torch.
        batch: atmospheres that were asked for at once.
    """

    model: float
    quick: float
    emulator: float
    cores: int
    batch: int = BATCH

    @property
    def times(self) -> float:
        """How many spectra of the emulator take as long as one of the model."""
        return self.model / self.emulator


def speed(emulator: ForwardModel, forward: ForwardModel, atmospheres: Atmospheres) -> Speed:
    """Time the models side by side on the CPU, each the median of several batches.

    Arguments:
        emulator: of the model.
        forward: the model.
        atmospheres: taken more than once where they are fewer than a batch.
    """
    return Speed(
        model=milliseconds(forward, atmospheres),
        quick=milliseconds(forward.quick(), atmospheres),
        emulator=milliseconds(emulator, atmospheres),
        cores=torch.get_num_threads(),
    )


def milliseconds(forward: ForwardModel, atmospheres: Atmospheres) -> float:
    """Of a spectrum, the median of batches for a second; a first call is not counted."""
    batch = atmospheres[torch.arange(BATCH) % len(atmospheres)].inputs
    taken: list[float] = []
    with torch.no_grad():
        forward(*batch)
        ends = time.perf_counter() + SECONDS
        while time.perf_counter() < ends or len(taken) < 3:
            begun = time.perf_counter()
            forward(*batch)
            taken.append(time.perf_counter() - begun)
    return 1e3 * sorted(taken)[len(taken) // 2] / BATCH
