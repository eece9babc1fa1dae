"""Which channels belong to which molecule."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components import Challenge, ForwardModel
from harness.data.host_facts import host_facts
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.explain.contrast import Contrast
from harness.figures.wording import gas

PLANETS = 64  # that tell which gas a channel belongs to
MOST = 1e3  # standard deviations that one planet counts for
ADDED = 0.5  # standard deviations on average, from which a channel belongs to a gas at all
RELATED = 0.1  # the same of a rank correlation


@dataclass(frozen=True)
class Bands:
    """The channels of each molecule.

    Attributes:
        channels: a mask over the channels (W,) for each formula, in the order of the parameters; molecules
            that no channel belongs to are left out.
        how: by what they were told, for a reader.
    """

    channels: dict[str, Tensor]
    how: str

    def of_channel(self, channel: int) -> str:
        """The molecule that a channel belongs to; nothing where it belongs to none."""
        return next((name for name, mask in self.channels.items() if bool(mask[channel])), "")


def bands_of(challenge: Challenge) -> Bands | str:
    """The bands of a challenge's molecules, or a sentence that says why there are none.

    By the forward model where there is one that is ready: a channel belongs to the gas that adds most to it,
    alone above an atmosphere without any, and to none where that is less than half the noise. Else by the
    training
    planets: to the gas whose abundance its contrast follows most in rank.
    """
    schema, train = challenge.schema, challenge.train
    gases = {name: i for i, parameter in enumerate(schema.parameters) if (name := gas(parameter)) is not None}
    if not gases:
        return "No parameter is the abundance of a molecule, so that there are no bands to look at."
    if train.truth.parameters is None:
        return "The parameters of the training planets are not known, so that there are no bands to look at."
    forward = challenge.forward_model()
    if forward is not None and forward.ready:
        rows = torch.linspace(0, len(train) - 1, min(PLANETS, len(train))).round().long()
        added = _added(forward, schema, train[rows], list(gases.values()))
        if added is not None:
            return _belonging(gases, added, ADDED, "what each gas adds by the forward model")
    related = _correlations(train, list(gases.values()))
    return _belonging(
        gases, related, RELATED, "the rank correlation of contrast and abundance in training planets"
    )


def _belonging(gases: dict[str, int], strength: Tensor, least: float, how: str) -> Bands:
    """Give each channel to its strongest gas (G, W), where that is more than `least`."""
    best = strength.argmax(dim=0)
    masks = {name: (best == i) & (strength[i] > least) for i, name in enumerate(gases)}
    return Bands({name: mask for name, mask in masks.items() if bool(mask.any())}, how)


def _added(forward: ForwardModel, schema: Schema, planets: Split, columns: list[int]) -> Tensor | None:
    """What each gas adds to each channel, on average over planets, in units of their noise (G, W)."""
    n, rows = len(planets), 1 + len(columns)
    floor = torch.tensor([lower for lower, _ in schema.bounds], dtype=torch.float64)
    parameters = planets.parameters.double()[:, None].repeat(1, rows, 1)
    parameters[:, :, columns] = floor[columns]
    for row, column in enumerate(columns, start=1):
        parameters[:, row, column] = planets.parameters[:, column].double()
    try:
        facts = host_facts(planets.observations, schema, forward.needs)
        with torch.no_grad():
            spectra = forward(
                parameters.flatten(0, 1),
                *(None if one is None else one.repeat_interleave(rows) for one in facts),
            )
    except HarnessError:
        return None
    spectra = spectra.double().cpu().reshape(n, rows, -1)
    added = (spectra[:, 1:] - spectra[:, :1]) / planets.observations.noise.double()[:, None]
    usable = added.isfinite().all(dim=(1, 2))
    return added[usable].clamp(0, MOST).mean(dim=0) if bool(usable.any()) else None


def _correlations(train: Split, columns: list[int]) -> Tensor:
    """Size of the rank correlation of each abundance with each channel's contrast (G, W)."""
    contrast = Contrast.of(train.observations.spectrum).values
    x, y = _ranks(train.parameters[:, columns].double()), _ranks(contrast)
    return (x.T @ y / len(x)).abs()


def _ranks(values: Tensor) -> Tensor:
    """Ranks of each column (N, K), to zero mean and unit spread; zero where nothing varies."""
    ranks = values.argsort(dim=0, stable=True).argsort(dim=0, stable=True).double()
    spread, mean = torch.std_mean(ranks, dim=0, correction=0)
    varies = values.max(dim=0).values > values.min(dim=0).values
    return torch.where(varies, (ranks - mean) / spread.clamp(min=1e-12), 0.0)
