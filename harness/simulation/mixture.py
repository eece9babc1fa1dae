"""Test planets of which nobody is told in which way each is shifted."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from harness.data.arrays import Array
from harness.physics.ariel_channels import WAVELENGTH
from harness.simulation.forward import Advance, Forward
from harness.simulation.population import Population
from harness.simulation.shifts import Clouds, Profile, Shift, Species, Star


class Mixture(Shift):
    """Clouds, falling temperatures, one more absorber, or an active star: one of them for each planet.

    Shares are drawn too, uniform among all that sum to one, and no file keeps them, nor which planet got
    which: all are of one partition, in random order. Each shift is as strong as it is by itself.
    """

    name = "mixture"
    summary = "one of the shifts of the spectrum each, in proportions that are not told"
    KINDS: ClassVar[tuple[type[Shift], ...]] = (Clouds, Profile, Species, Star)

    def kinds(self, n: int, generator: np.random.Generator) -> NDArray[np.int64]:
        """Which of `KINDS` each planet gets (N,)."""
        shares = generator.dirichlet(np.ones(len(self.KINDS)))
        return generator.choice(len(self.KINDS), size=n, p=shares)

    def spectra(
        self, population: Population, forward: Forward, generator: np.random.Generator, advance: Advance
    ) -> Array:
        chosen = self.kinds(len(population), generator)
        depths: Array = np.empty((len(population), len(WAVELENGTH)))
        for number, kind in enumerate(self.KINDS):
            rows = np.flatnonzero(chosen == number)
            if len(rows):
                some = population.take(rows)
                depths[rows] = kind.create().spectra(some, forward, generator, advance)
        return depths
