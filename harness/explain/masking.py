"""What would be believed if a molecule's band had not been seen."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.explain.bands import Bands
from harness.explain.contrast import Contrast
from harness.explain.inquiry import Estimate, Inquiry


@dataclass(frozen=True)
class Masked:
    """The answers without one molecule's band.

    Attributes:
        name: the molecule's formula.
        channels: how many were replaced.
        loss: of score.
        shift: root mean square over planets of how far the posterior's mean moves, in units of its spread, in
            each parameter (P,).
        widening: the median factor by which the posterior's spread grows, in each parameter (P,).
    """

    name: str
    channels: int
    loss: Estimate
    shift: Tensor
    widening: Tensor


def masked(inquiry: Inquiry, bands: Bands, train: Tensor) -> tuple[Masked, ...]:
    """Replace each band by what it is in the median of training planets, given the planet's other channels.

    These give the planet's mean and spread; the contrast of a masked channel to them is the training median.
    A molecule whose band is all channels but one is left out: there is nothing to go by.

    Arguments:
        inquiry: whom to ask.
        bands: the channels of each molecule.
        train: spectra of training planets (R, W).
    """
    found = []
    seen, before = inquiry.planets.observations, inquiry.before
    for name, channels in maskable(bands).items():
        usual = Contrast.of(train, ~channels).values.median(dim=0).values
        own = Contrast.of(seen.spectrum, ~channels)
        filled = torch.where(channels, own.mean + own.spread * usual, seen.spectrum.double())
        after = inquiry.ask_of(filled.to(seen.spectrum.dtype))
        found.append(
            Masked(
                name,
                int(channels.sum()),
                Estimate.of(before.score - after.score),
                after.shift(before).square().mean(dim=0).sqrt(),
                (after.spread / before.spread).median(dim=0).values,
            )
        )
    return tuple(found)


def maskable(bands: Bands) -> dict[str, Tensor]:
    """The bands that leave at least two channels to go by."""
    return {name: mask for name, mask in bands.channels.items() if int((~mask).sum()) > 1}
