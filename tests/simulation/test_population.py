"""Simulated planets are like those of the Ariel Data Challenge 2023."""

import numpy as np
import pytest

from harness.simulation.planets import (
    SUN_MASS,
    equilibrium_temperature,
    orbital_period,
    surface_gravity,
)
from harness.simulation.population import GASES, Population, draw_population

# rows of the release's auxiliary table and the planets' true radius [R_Jup] and temperature [K]:
# train1, train2, train34 and train57
RELEASE = np.array(
    [
        [530.765, 1.9685257719910705e30, 667872000.0, 5636.0, 3.9909227861902126e26, 9.66857723,
         0.08853045162360054, 16.64203940167769, 0.559619783857541, 863.3947695756594],
        [440.089, 1.94864167328409e30, 723528000.0, 5449.0, 4.9770006443183424e26, 4.2180278,
         0.05075212350599319, 5.197134626838914, 1.1183082651122085, 1201.7004654515492],
        [143.651, 1.2924664159537332e30, 431334000.0, 4390.0, 4.621733527279303e25, 3.799847,
         0.041284569480172416, 7.488274574357312, 0.2839038228367671, 891.5332082403204],
        [1073.48, 2.067946265525973e30, 723528000.0, 5860.0, 7.862722425446178e27, 41.805985,
         0.23885957458350374, 82.84059482358485, 1.1133316038734506, 551.8456179547575],
    ]
).T  # fmt: skip


@pytest.fixture(scope="module")
def population() -> Population:
    return draw_population(20_000, np.random.default_rng(2023))


def test_gravity_follows_from_mass_and_true_radius_as_in_the_release():
    mass, gravity, radius = RELEASE[4], RELEASE[7], RELEASE[8]
    np.testing.assert_allclose(surface_gravity(mass, radius), gravity, rtol=1e-8)


def test_period_follows_from_distance_as_in_the_release():
    np.testing.assert_allclose(orbital_period(RELEASE[6], RELEASE[1] / SUN_MASS), RELEASE[5], rtol=1e-6)


def test_equilibrium_temperature_with_no_albedo_is_that_of_the_release():
    expected = equilibrium_temperature(RELEASE[3], RELEASE[2] / 6.957e8, RELEASE[6])
    assert np.sqrt(np.mean((RELEASE[9] - expected) ** 2)) == pytest.approx(48.5, rel=0.2)
    assert abs(np.mean(RELEASE[9] - expected)) < 48.5 / 2


def test_temperature_scatters_about_the_equilibrium_temperature_as_in_the_release(population):
    temperature, equilibrium = population.parameters[:, 1], population.equilibrium
    assert np.corrcoef(temperature, equilibrium)[0, 1] == pytest.approx(0.993, abs=0.001)
    assert np.sqrt(np.mean((temperature - equilibrium) ** 2)) == pytest.approx(48.5, rel=0.03)


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        (0, 12, 2805),
        (1, 0.65 * SUN_MASS, 2.2 * SUN_MASS),
        (2, 0.62 * 6.957e8, 2.1 * 6.957e8),
        (3, 4071, 6820),
        (4, 1.5e25, 9.6e27),
        (5, 0.7, 42),
        (6, 0.015, 0.25),
        (7, 3.2, 90),
    ],
)
def test_every_auxiliary_column_fills_the_range_of_the_release(population, column, low, high):
    values = population.auxiliary[:, column]
    assert values.min() >= low * (1 - 1e-9)
    assert values.max() <= high * (1 + 1e-9)
    assert np.ptp(values) > 0.5 * (high - low)


def test_radius_and_temperature_fill_the_ranges_of_the_release(population):
    for values, (low, high) in zip(population.parameters.T, ((0.13, 1.82), (524, 2117)), strict=False):
        assert values.min() >= low
        assert values.max() <= high
        assert np.ptp(values) > 0.98 * (high - low)


def test_about_half_of_the_planets_are_lighter_than_4e26_kg(population):
    assert np.mean(population.planet_mass < 4e26) == pytest.approx(0.5, abs=0.04)


def test_gases_are_uniform_and_independent_of_everything_else(population):
    everything = np.column_stack([population.auxiliary, population.parameters])
    correlation = np.corrcoef(everything, rowvar=False)
    for column, (low, high) in enumerate(GASES.values(), start=10):
        gas = everything[:, column]
        counts, _ = np.histogram(gas, bins=20, range=(low, high))
        assert counts.sum() == len(gas)
        assert counts == pytest.approx(1000, abs=150)
        assert np.abs(np.delete(correlation[column], column)).max() < 0.04


def test_a_star_has_several_planets(population):
    stars = np.unique(population.auxiliary[:, :4], axis=0)
    assert len(stars) < len(population) / 4
    assert len(np.unique(population.auxiliary[:, 5])) == len(population)


@pytest.mark.parametrize("n", [1, 2, 3, 100])
def test_any_number_of_planets_can_be_drawn_and_again(n):
    one, other = (draw_population(n, np.random.default_rng(5)) for _ in range(2))
    assert len(one) == n
    assert np.array_equal(one.auxiliary, other.auxiliary)
    assert np.array_equal(one.parameters, other.parameters)
