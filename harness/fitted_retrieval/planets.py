"""Training planets with a reference posterior, as a retrieval is learned from them."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.data.host_facts import PLANET_MASS, STAR_RADIUS, host_facts
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.retrieval.kernels import Kernels, from_places, over_the_prior, to_places

ROWS = 100  # equally weighted ones of each trace
CENTRES = 60  # of these, which kernels are about; the others are learned from
EVERY, MOST_HELD_OUT = 10, 100  # one planet in so many is held out, and so many at most
FEWEST = 40  # planets with a trace, below which nothing is learned


@dataclass(frozen=True)
class RetrievedPlanets:
    """Spectra beside rows of their reference posteriors, all float64.

    Attributes:
        rows: equally weighted (N, R, P), in their units.
        star_radius: [R_Sun] (N,).
        planet_mass: [M_Jup] (N,).
        spectrum, noise: transit depths and their noise (N, W).
        bounds: of the uniform prior (2, P).
    """

    rows: Tensor
    star_radius: Tensor
    planet_mass: Tensor
    spectrum: Tensor
    noise: Tensor
    bounds: Tensor

    @staticmethod
    def lacking(train: Split, schema: Schema) -> str | None:
        """Why there is nothing to learn a retrieval from, as a sentence; None if there is."""
        count = train.truth.n_traces
        if count < FEWEST:
            return (
                f"weighed_by=traces learns a retrieval from the traces of at least {FEWEST} training "
                f"planets, and of the {len(train):,} of this challenge {count} have one; leave it out."
            )
        if not {STAR_RADIUS, PLANET_MASS} <= set(schema.auxiliary_names):
            return (
                "weighed_by=traces learns a retrieval of planets whose star's radius and whose mass are "
                "known, and this challenge does not tell them; leave it out."
            )
        return None

    @classmethod
    def of(cls, train: Split, schema: Schema, generator: torch.Generator) -> RetrievedPlanets:
        """Those of the training planets that have a trace.

        Raises:
            HarnessError: they are too few, or a star or a mass is not known.
        """
        if lacking := cls.lacking(train, schema):
            raise HarnessError(lacking)
        traces = train.truth.traces
        assert traces is not None
        having = torch.nonzero(traces.present).flatten()
        rows = []
        for planet in having.tolist():
            values, weights = traces.trace(planet)
            chosen = torch.multinomial(weights.double(), ROWS, replacement=True, generator=generator)
            rows.append(values[chosen].double())
        observations = train.observations[having]
        star, mass = host_facts(observations, schema, (STAR_RADIUS, PLANET_MASS))
        assert star is not None
        assert mass is not None
        bounds = torch.tensor(schema.bounds, dtype=torch.float64).T
        spectrum, noise = observations.spectrum.double(), observations.noise.double()
        return cls(torch.stack(rows), star, mass, spectrum, noise, bounds)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, planets: Tensor) -> RetrievedPlanets:
        return RetrievedPlanets(
            self.rows[planets],
            self.star_radius[planets],
            self.planet_mass[planets],
            self.spectrum[planets],
            self.noise[planets],
            self.bounds,
        )

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of all that is learned from."""
        digest = hashlib.sha256()
        for values in (self.rows, self.star_radius, self.planet_mass, self.spectrum, self.noise):
            digest.update(values.contiguous().numpy().tobytes())
        return digest.hexdigest()[:16]

    def parted(self, generator: torch.Generator) -> tuple[RetrievedPlanets, RetrievedPlanets]:
        """Planets to learn from, and planets held out."""
        order = torch.randperm(len(self), generator=generator)
        held_out = min(MOST_HELD_OUT, len(self) // EVERY)
        return self[order[held_out:]], self[order[:held_out]]


class Surroundings:
    """What lies about the posteriors of planets: kernels about some of their rows, narrow and wide.

    Arguments:
        planets: N of them.
        generator: of the choice of centres.
    """

    def __init__(self, planets: RetrievedPlanets, generator: torch.Generator) -> None:
        self.planets = planets
        centres = to_places(planets.rows[:, :CENTRES], planets.bounds)
        narrow = Kernels.about(centres, torch.zeros(centres.shape[:2], dtype=torch.float64), generator)
        self._kernels = (narrow, narrow.widened(2))

    def draw(self, which: Tensor, number: int, generator: torch.Generator) -> Tensor:
        """Values about planets of these numbers (B,): (B, number, P), in their units."""
        shares = (number // 2, number - number // 2)
        drawn = [
            kernels[which].draw(share, generator)
            for kernels, share in zip(self._kernels, shares, strict=True)
        ]
        return from_places(torch.cat(drawn, dim=1), self.planets.bounds)

    def log_density(self, which: Tensor, values: Tensor) -> Tensor:
        """That values (B, n, P) are drawn with, over the uniform prior's (B, n)."""
        places = to_places(values, self.planets.bounds)
        both = torch.stack([kernels[which].log_density(places) for kernels in self._kernels])
        return over_the_prior(both.logsumexp(dim=0) - math.log(2), places)
