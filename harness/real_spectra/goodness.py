"""How well a posterior's atmospheres explain a spectrum, and where they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import chi2
from torch import Tensor

from harness.data.arrays import Array
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.spectrum import MeasuredSpectrum

WINDOW = 10  # neighbouring channels that are looked at together
WORST = 5  # channels that are named


@dataclass(frozen=True)
class Misfit:
    """A part of a spectrum and how the atmospheres miss it.

    Arguments:
        what: the part in words.
        channels: how many it has.
        chi_square: per channel, mean over the posterior.
        residual: mean of (depth - model) / error over channels and posterior.
    """

    what: str
    channels: int
    chi_square: float
    residual: float


@dataclass(frozen=True)
class Goodness:
    """How well atmospheres explain a spectrum.

    Arguments:
        best: chi square of the most likely row.
        channels, parameters: how many there are.
        mean: chi square, mean over the posterior.
        p_value: posterior predictive p-value.
        residual: (depth - model) / error of each channel, mean over the posterior (C,).
        groups: instruments, in their order.
        windows: neighbouring channels, the worst first.
        worst: single channels, the worst first.
    """

    best: float
    channels: int
    parameters: int
    mean: float
    p_value: float
    residual: Array
    groups: tuple[Misfit, ...]
    windows: tuple[Misfit, ...]
    worst: tuple[Misfit, ...]

    @property
    def per_channel(self) -> float:
        """Chi square of the most likely row over the number of channels."""
        return self.best / self.channels

    @property
    def reduced(self) -> float | None:
        """The same over channels less parameters, where there are more of those."""
        freedom = self.channels - self.parameters
        return self.best / freedom if freedom > 0 else None


def goodness(
    spectrum: MeasuredSpectrum, likelihood: MeasuredLikelihood, best: Tensor, draws: Tensor, depths: Tensor
) -> Goodness:
    """Judge a posterior by the spectrum that it came from.

    The discrepancy is chi square, errors up and down apart. A spectrum drawn from a row has a chi square of
    that row with the distribution of as many degrees of freedom as there are channels, whatever the row; so
    the posterior predictive p-value (Gelman, Meng & Stern 1996, Statistica Sinica 6, 733) is the mean of this
    distribution's tail beyond the rows' own chi squares. Near 0 or 1 the atmospheres do not explain the
    spectrum, or the errors are wrong.

    Arguments:
        spectrum: as measured.
        likelihood: of it.
        best: the most likely row (P,).
        draws: equally weighted rows of the posterior (D, P).
        depths: what the instruments would see of them (D, C).
    """
    scaled = likelihood.scaled_residuals(depths, draws)
    squares = scaled**2
    of_rows = squares.sum(dim=1).numpy()
    residual: Array = scaled.mean(dim=0).numpy()
    per_channel: Array = squares.mean(dim=0).numpy()
    top = best[None]
    with torch.no_grad():
        at_best = likelihood.scaled_residuals(likelihood.depths(top), top)

    def part(what: str, channels: NDArray[np.intp]) -> Misfit:
        return Misfit(
            what, len(channels), float(per_channel[channels].mean()), float(residual[channels].mean())
        )

    wavelength = spectrum.wavelength
    groups = [part(name, np.flatnonzero(spectrum.group == at)) for at, name in enumerate(spectrum.groups)]
    pieces = np.array_split(np.argsort(wavelength), max(1, len(wavelength) // WINDOW))
    windows = [
        part(f"{wavelength[piece[0]]:.3g} to {wavelength[piece[-1]]:.3g} um", piece) for piece in pieces
    ]
    order = np.argsort(-per_channel)[:WORST]
    worst = [
        part(f"{wavelength[at]:.4g} um ({spectrum.groups[spectrum.group[at]]})", np.array([at]))
        for at in order
    ]
    return Goodness(
        best=float((at_best**2).sum()),
        channels=len(spectrum),
        parameters=draws.shape[1],
        mean=float(of_rows.mean()),
        p_value=float(chi2.sf(of_rows, len(spectrum)).mean()),
        residual=residual,
        groups=tuple(groups),
        windows=tuple(sorted(windows, key=lambda one: -one.chi_square)),
        worst=tuple(worst),
    )
