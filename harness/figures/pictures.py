"""The pictures of a planet and of a population, and what is added to the name of each one's file."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure

from harness.figures.planet import Planet
from harness.figures.population import Population
from harness.figures.population_png import population_figure
from harness.figures.spectrum_png import spectrum_figure


def planet_pictures(planet: Planet, population: Population) -> Iterator[tuple[str, Figure]]:
    """The spectrum; the corner plot of the trace, if there is one; the population with the planet marked."""
    yield "", spectrum_figure(planet.spectrum)
    if planet.trace is not None:
        from harness.figures.corner_plot import corner_plot

        trace = planet.trace
        yield (
            "-corner",
            corner_plot(trace.samples, trace.weights, trace.intervals, planet.title, planet.truth),
        )
    yield "-population", population_figure(population)


def population_pictures(population: Population) -> Iterator[tuple[str, Figure]]:
    """The population."""
    yield "", population_figure(population)
