"""Noise is what photons and a floor give."""

from dataclasses import replace

import numpy as np
import pytest

from harness.physics.ariel_channels import WAVELENGTH, WIDTH
from harness.simulation.blackbody import photon_rate
from harness.simulation.noise import FLOOR, noise, throughput
from harness.simulation.population import Population, draw_population

CHANNELS = np.array(WAVELENGTH), np.array(WIDTH)


@pytest.fixture(scope="module")
def population() -> Population:
    return draw_population(8_000, np.random.default_rng(1))


def test_the_mean_noise_is_that_of_the_release(population):
    assert noise(population, *CHANNELS).mean() == pytest.approx(7.3e-5, rel=0.08)


def test_photon_noise_is_proportional_to_distance(population):
    near = noise(population, *CHANNELS)
    stars = replace(population.stars, distance=3 * population.stars.distance)
    far = noise(replace(population, stars=stars), *CHANNELS)
    np.testing.assert_allclose(far**2 - FLOOR**2, 9 * (near**2 - FLOOR**2), rtol=1e-9)


def test_hotter_and_larger_stars_are_quieter(population):
    expected = noise(population, *CHANNELS)
    for name in ("temperature", "radius"):
        stars = replace(population.stars, **{name: 1.1 * getattr(population.stars, name)})
        assert (noise(replace(population, stars=stars), *CHANNELS) < expected).all()


def test_photometers_are_quieter_than_the_finely_resolved_spectrum(population):
    by_channel = noise(population, *CHANNELS).mean(axis=0)
    wavelength = CHANNELS[0]
    fine = (wavelength > 1.95) & (wavelength < 3.9)
    assert by_channel[:3].max() < by_channel[fine].min() / 2
    assert by_channel[fine].argmin() not in (0, fine.sum() - 1)  # throughput falls to both edges


def test_every_channel_has_a_throughput():
    assert throughput(np.array([0.3, *WAVELENGTH, 9.0])).min() > 0.1


def test_a_blackbody_sends_the_photons_of_plancks_law():
    # all photons of a blackbody: 1.520e15 T^3 per second and m2
    edges = np.geomspace(0.05, 2000, 4000)
    rate = photon_rate(np.array([5772.0]), (edges[1:] + edges[:-1]) / 2, np.diff(edges))
    assert rate.sum() == pytest.approx(1.5205e15 * 5772.0**3, rel=1e-3)
