"""What the figures of a planet and of a population show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from harness.challenges.toy import Toy
from harness.data.split import Split
from harness.data.truth import Truth
from harness.figures.corner_plotly import corner_plotly
from harness.figures.palette import styles
from harness.figures.panels import Correlations, Distribution, Panel
from harness.figures.panels_plotly import panel_plotly
from harness.figures.planet import planet_of
from harness.figures.planet_numbers import features, ranks
from harness.figures.population import Population, population
from harness.figures.spectrum_plotly import spectrum_plotly


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy.create({"train": 300, "valid": 4, "test": 60, "rows": 300}, name="toy")


def panels(shown: Population) -> list[Panel]:
    return [panel for section in shown.sections for panel in section.panels]


def partitioned(toy: Toy, known: bool = True) -> Toy:
    """The same challenge with test planets of two kinds, their truth known or not."""
    test = toy.test
    truth = test.truth if known else Truth(None)
    labels = np.array(["matched"] * 50 + ["clouds"] * 10)
    return toy.on(Split(test.observations, truth, labels))  # type: ignore[return-value]


def test_the_gases_together_make_the_spectrum(toy: Toy) -> None:
    view = planet_of(toy, "test2").spectrum
    assert view.model is not None
    assert view.bare is not None
    np.testing.assert_allclose(view.model, view.depth, rtol=1e-12)
    # the toy's spectra are linear, so that its gases add up
    added = sum(alone - view.bare for alone in view.alone.values())
    np.testing.assert_allclose(view.bare + added, view.depth, rtol=1e-12)
    assert len(view.alone) == 5


def test_residuals_are_in_units_of_the_noise(toy: Toy) -> None:
    view = planet_of(toy, "test2").spectrum
    assert view.noise is not None
    residual = replace(view, depth=view.depth + 2 * view.noise).residual
    assert residual is not None
    np.testing.assert_allclose(residual, 2, rtol=1e-6)


def test_a_planet_says_its_partition(toy: Toy) -> None:
    assert planet_of(partitioned(toy), "test55").title == "test55 (test, clouds)"


def test_without_truth_and_trace_the_spectrum_is_still_drawn(toy: Toy) -> None:
    planet = planet_of(partitioned(toy, known=False), "test1")
    assert planet.trace is None
    assert planet.truth is None
    assert planet.spectrum.model is None
    assert len(planet.notes) == 2
    assert len(spectrum_plotly(planet.spectrum).data) == 1


def test_every_partition_has_a_row_of_its_own_and_what_is_not_known_is_left_open(toy: Toy) -> None:
    shown = population(partitioned(toy, known=False))
    assert shown.counts == {"train": 300, "valid": 4, "matched": 50, "clouds": 10}
    first = panels(shown)[0]
    assert isinstance(first, Distribution)
    assert first.rows["train"] is not None
    assert first.rows["clouds"] is None
    assert any("not known of: matched, clouds" in note for note in shown.notes)


def test_a_histogram_counts_every_reference_planet(toy: Toy) -> None:
    for panel in panels(population(toy)):
        if isinstance(panel, Distribution):
            assert panel.filled.sum() == pytest.approx(100)


def test_few_planets_are_shown_one_by_one(toy: Toy) -> None:
    first = panels(population(toy))[0]
    assert isinstance(first, Distribution)
    row = first.rows["valid"]
    assert row is not None
    assert row.few
    np.testing.assert_allclose(row.values, toy.valid.parameters[:, 0].sort().values)


def test_correlations_are_those_of_the_ranks(toy: Toy) -> None:
    from scipy.stats import spearmanr

    last = panels(population(toy))[-1]
    assert isinstance(last, Correlations)
    expected = spearmanr(toy.train.parameters.numpy()).statistic
    np.testing.assert_allclose(last.values[:7, :7], expected, atol=1e-12)


def test_the_ranks_of_exact_posteriors_are_centred(toy: Toy) -> None:
    found = ranks(toy.test)
    assert found is not None
    assert found.shape == (60, 7)
    assert (abs(found.mean(axis=0) - 0.5) < 0.2).all()


def test_a_flat_spectrum_has_no_features(toy: Toy) -> None:
    seen = toy.test.observations
    flat = replace(seen, spectrum=torch.full_like(seen.spectrum, 8e-3))
    np.testing.assert_allclose(features(replace(toy.test, observations=flat)), 0, atol=1e-9)


def test_plotly_accepts_every_figure(toy: Toy) -> None:
    planet = planet_of(toy, "test2")
    shown = population(partitioned(toy), marked=(planet.name, planet.observed))
    assert planet.trace is not None
    figures = [
        spectrum_plotly(planet.spectrum),
        corner_plotly(planet.trace, planet.truth, planet.name),
        *(panel_plotly(panel, styles(list(shown.counts))) for panel in panels(shown)),
    ]
    for figure in figures:
        go.Figure(data=figure.data, layout=figure.layout)
