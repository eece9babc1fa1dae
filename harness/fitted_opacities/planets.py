"""The training planets that cross-sections are learned from, and those that say when to stop."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components.forward_check import ForwardCheck, compared, to_judge_by
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS, host_facts
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.physics import TransmissionModel

HELD_OUT = 300  # planets at most
EVERY = 10  # one in so many is held out where the challenge holds out too few
FEWEST = 40  # planets to learn from


@dataclass(frozen=True)
class Planets:
    """What a forward model must be told, and the spectra that it should give, all float64.

    Attributes:
        parameters: in the order of the model's (N, P).
        star_radius: [R_Sun] (N,).
        planet_mass: [M_Jup] (N,).
        spectrum, noise: transit depths and their noise (N, W).
    """

    parameters: Tensor
    star_radius: Tensor
    planet_mass: Tensor
    spectrum: Tensor
    noise: Tensor

    @classmethod
    def of(cls, split: Split, schema: Schema, device: torch.device) -> Planets:
        """Those of a split whose parameters are known."""
        assert split.truth.parameters is not None
        star, mass = host_facts(split.observations, schema, (STAR_RADIUS, PLANET_MASS))
        assert star is not None
        assert mass is not None
        observations = split.observations
        values = (split.truth.parameters, star, mass, observations.spectrum, observations.noise)
        return cls(*(value.double().to(device) for value in values))

    def __len__(self) -> int:
        return len(self.parameters)

    def __getitem__(self, rows: Tensor) -> Planets:
        return Planets(
            self.parameters[rows],
            self.star_radius[rows],
            self.planet_mass[rows],
            self.spectrum[rows],
            self.noise[rows],
        )

    @torch.no_grad()
    def check(self, model: TransmissionModel) -> ForwardCheck:
        """The spectra of a model beside these."""
        made = model.binned(self.parameters, self.star_radius, self.planet_mass).double()
        return compared(made, self.spectrum, self.noise)


def planets_of(train: Split, valid: Split, schema: Schema, device: torch.device) -> tuple[Planets, Planets]:
    """Planets to learn from, and planets held out: of `valid` where it has enough, else a tenth of `train`.

    Raises:
        HarnessError: there are too few.
    """
    seen = Planets.of(train, schema, device)
    if to_judge_by(train, valid) is valid:
        others = Planets.of(valid[torch.arange(len(valid))[:HELD_OUT]], schema, device)
    else:
        number = torch.arange(len(seen), device=device)
        others = seen[number[number % EVERY == 0][:HELD_OUT]]
        seen = seen[number[number % EVERY != 0]]
    if len(seen) < FEWEST:
        raise HarnessError(
            f"Opacities are learned from at least {FEWEST} training planets with parameters, and there are "
            f"{len(seen)}."
        )
    return seen, others
