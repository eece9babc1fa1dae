"""Test planets that differ from the training planets in one known way.

Each shift makes spectra of planets drawn from the same population with one thing added that a retrieval with
the forward model of the challenge does not know of. The true parameters stay what they are.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor

from harness.components import Component
from harness.data.arrays import Array
from harness.physics import Layers
from harness.physics.ariel_channels import WAVELENGTH, WIDTH
from harness.simulation.absorber import HYDROGEN_CYANIDE
from harness.simulation.contamination import contamination
from harness.simulation.forward import Advance, Forward
from harness.simulation.population import Population


class Shift(Component):
    """A kind of test planets, known by its partition's name, and its knob: how strong the shift is."""

    summary: ClassVar[str]

    @abstractmethod
    def spectra(
        self, population: Population, forward: Forward, generator: np.random.Generator, advance: Advance
    ) -> Array:
        """Noise-free transit depths (N, 52).

        Arguments:
            generator: the strength of the shift is drawn from it for each planet.
            advance: called with the number of planets done.
        """


class Matched(Shift):
    """Nothing is shifted."""

    name = "matched"
    summary = "drawn as the training planets"

    def spectra(
        self, population: Population, forward: Forward, generator: np.random.Generator, advance: Advance
    ) -> Array:
        return forward.isothermal(population, advance)


class Clouds(Shift):
    """A grey cloud deck: nothing passes from a pressure on downwards, at any wavelength."""

    name = "clouds"
    summary = "a grey cloud deck"

    class Options(Component.Options):
        highest: float = Field(1e2, gt=0, description="lowest pressure of a cloud top [Pa]")
        lowest: float = Field(1e4, gt=0, description="highest pressure of a cloud top [Pa]; log-uniform")

        @model_validator(mode="after")
        def _check_order(self) -> Self:
            _refuse_descending("highest", self.highest, "lowest", self.lowest)
            return self

    options: Options

    def cloud_tops(self, n: int, generator: np.random.Generator) -> Array:
        """Pressures [Pa] (N,)."""
        return 10 ** generator.uniform(np.log10(self.options.highest), np.log10(self.options.lowest), size=n)

    def spectra(
        self, population: Population, forward: Forward, generator: np.random.Generator, advance: Advance
    ) -> Array:
        tops = torch.as_tensor(self.cloud_tops(len(population), generator))
        return forward.by_layer(
            population, advance, lambda rows, *inputs: forward.layered.binned(*inputs, cloud_top=tops[rows])
        )


class Profile(Shift):
    """Temperature falls with height, linear in log pressure; at 100 Pa it is what the parameters say.

    From bottom (1e6 Pa) to top (1e-5 Pa) it falls by a share of that temperature, the contrast.
    """

    name = "profile"
    summary = "temperature falling with height"
    PIVOT: ClassVar[float] = 100.0  # Pa, about where transmission spectra come from

    class Options(Component.Options):
        weakest: float = Field(0.3, ge=0, lt=1.5, description="least contrast, as a share of temperature")
        strongest: float = Field(0.9, ge=0, lt=1.5, description="greatest contrast; uniform between the two")

        @model_validator(mode="after")
        def _check_order(self) -> Self:
            _refuse_descending("weakest", self.weakest, "strongest", self.strongest)
            return self

    options: Options

    def temperatures(self, population: Population, generator: np.random.Generator) -> Array:
        """Of each layer from the bottom up [K] (N, L)."""
        contrast = generator.uniform(self.options.weakest, self.options.strongest, size=len(population))
        layers = Layers()
        decades = np.log10(layers.pressure / self.PIVOT) / np.log10(layers.bottom / layers.top)
        factor: Array = 1 + contrast[:, None] * decades
        return population.parameters[:, 1:2] * factor

    def spectra(
        self, population: Population, forward: Forward, generator: np.random.Generator, advance: Advance
    ) -> Array:
        temperatures = self.temperatures(population, generator)
        forward.note(temperatures)
        profile = torch.as_tensor(temperatures)
        return forward.by_layer(
            population,
            advance,
            lambda rows, *inputs: forward.layered.binned(*inputs, temperature=profile[rows]),
        )


class Species(Shift):
    """An absorber that no retrieval looks for: smooth bands where hydrogen cyanide has its own."""

    name = "species"
    summary = "one more absorber"

    class Options(Component.Options):
        least: float = Field(-5.0, ge=-12, le=-1, description="least log10 volume mixing ratio")
        most: float = Field(-3.0, ge=-12, le=-1, description="greatest; uniform between the two")

        @model_validator(mode="after")
        def _check_order(self) -> Self:
            _refuse_descending("least", self.least, "most", self.most)
            return self

    options: Options

    def mixing_ratios(self, n: int, generator: np.random.Generator) -> Array:
        """By volume (N,)."""
        return 10 ** generator.uniform(self.options.least, self.options.most, size=n)

    def spectra(
        self, population: Population, forward: Forward, generator: np.random.Generator, advance: Advance
    ) -> Array:
        ratios = torch.as_tensor(self.mixing_ratios(len(population), generator))

        def depths(rows: slice, *inputs: Tensor) -> Tensor:
            return forward.layered.binned(*inputs, absorber=(HYDROGEN_CYANIDE, ratios[rows].to(inputs[0])))

        return forward.by_layer(population, advance, depths)


class Star(Shift):
    """Spots or faculae that the planet does not cross, on every other star each."""

    name = "star"
    summary = "unocculted spots or faculae"

    class Options(Component.Options):
        spot_cover: float = Field(0.2, gt=0, le=0.9, description="greatest share of the disc under spots")
        spot_contrast: float = Field(0.2, gt=0, lt=0.5, description="spots are cooler by this share")
        facula_cover: float = Field(0.5, gt=0, le=0.9, description="greatest share of the disc in faculae")
        facula_contrast: float = Field(0.02, gt=0, lt=0.5, description="faculae are hotter by this share")

    options: Options

    def factors(self, population: Population, generator: np.random.Generator) -> Array:
        """By which each channel's transit depth is too large (N, 52); covers are uniform from 0 up."""
        spotted = generator.random(len(population)) < 0.5
        options = self.options
        cover = generator.random(len(population))
        cover = cover * np.where(spotted, options.spot_cover, options.facula_cover)
        photosphere = population.stars.temperature
        ratio = np.where(spotted, 1 - options.spot_contrast, 1 + options.facula_contrast)
        return contamination(photosphere, ratio * photosphere, cover, np.array(WAVELENGTH), np.array(WIDTH))

    def spectra(
        self, population: Population, forward: Forward, generator: np.random.Generator, advance: Advance
    ) -> Array:
        depths: Array = forward.isothermal(population, advance) * self.factors(population, generator)
        return depths


class Misfit(Matched):
    """Spectra as ever, but reference posteriors that are not where the truth is.

    The spectra are those of `Matched`; `harness.simulation.misfit.displace` moves the posteriors.
    """

    name = "misfit"
    summary = "reference posteriors displaced from the truth"

    class Options(Component.Options):
        gases: float = Field(
            1.43, ge=0, le=5, description="root mean square displacement of the gases' medians [dex]"
        )
        radius: float = Field(
            16.0, ge=0, le=100, description="the same of the radius, in standard deviations of its posterior"
        )

    options: Options


SHIFTS: tuple[type[Shift], ...] = (Clouds, Profile, Species, Star, Misfit)


def _refuse_descending(first: str, low: float, second: str, high: float) -> None:
    if low > high:
        raise ValueError(f"'{first}' is {low:g} and must not be above '{second}', which is {high:g}")
