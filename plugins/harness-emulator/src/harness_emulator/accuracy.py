"""How far an emulator is off, on atmospheres that it has not learned from."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from harness.components import ForwardModel
from harness_emulator.draws import Atmospheres

BATCH = 1024


class Accuracy(BaseModel):
    """Absolute errors of N held-out atmospheres, over them and for each channel.

    Attributes:
        atmospheres: N.
        median, most: quantiles 0.5 and 0.99 over all atmospheres and channels [1-sigma noise].
        median_ppm, most_ppm: likewise [1e-6 of the spectrum's unit].
        channel_median, channel_most: of each channel [1-sigma noise].
        channel_median_ppm, channel_most_ppm: likewise [1e-6 of the spectrum's unit].
        lost: the share of atmospheres that the model makes and the emulator takes for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    atmospheres: int
    median: float
    most: float
    median_ppm: float
    most_ppm: float
    channel_median: tuple[float, ...]
    channel_most: tuple[float, ...]
    channel_median_ppm: tuple[float, ...]
    channel_most_ppm: tuple[float, ...]
    lost: float


def accuracy(emulator: ForwardModel, atmospheres: Atmospheres, spectra: Tensor) -> Accuracy:
    """Compare an emulator with spectra (N, W) of the model, those that are finite.

    Arguments:
        emulator: it may answer with what is not a number.
        atmospheres: N of them.
        spectra: what the model itself makes of them.
    """
    possible = spectra.isfinite().all(dim=1)
    atmospheres, spectra = atmospheres[possible], spectra[possible].double()
    pieces = [atmospheres[first : first + BATCH] for first in range(0, len(atmospheres), BATCH)]
    made = torch.cat([emulator(*piece.inputs) for piece in pieces]).double()
    known = made.isfinite().all(dim=1)
    error = (made - spectra)[known].abs()
    relative, ppm = error / atmospheres.noise[known], 1e6 * error
    median, most = _quantiles(relative)
    median_ppm, most_ppm = _quantiles(ppm)
    return Accuracy(
        atmospheres=len(error),
        median=float(relative.flatten().median()),
        most=_over_all(relative),
        median_ppm=float(ppm.flatten().median()),
        most_ppm=_over_all(ppm),
        channel_median=median,
        channel_most=most,
        channel_median_ppm=median_ppm,
        channel_most_ppm=most_ppm,
        lost=float(1 - known.double().mean()),
    )


def _quantiles(errors: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    half, most = torch.quantile(errors, errors.new_tensor([0.5, 0.99]), dim=0).tolist()
    return tuple(half), tuple(most)


def _over_all(errors: Tensor) -> float:
    """The quantile 0.99 of any number of errors, which torch.quantile takes at most 16 million of."""
    values = errors.flatten().sort().values
    return float(values[min(int(0.99 * len(values)), len(values) - 1)])
