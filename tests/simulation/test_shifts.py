"""Each shift changes what it says, and only that."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.errors import HarnessError
from harness.physics.ariel_channels import WAVELENGTH, WIDTH
from harness.physics.builtin_opacities import opacity_directory
from harness.simulation.contamination import contamination
from harness.simulation.forward import Forward
from harness.simulation.misfit import displace
from harness.simulation.population import Population, draw_population
from harness.simulation.shifts import SHIFTS, Clouds, Matched, Misfit, Profile, Shift, Species, Star

PPM = 1e-6
WAVES = np.array(WAVELENGTH)


@pytest.fixture(scope="module")
def forward(tmp_path_factory: pytest.TempPathFactory) -> Forward:
    return Forward(opacity_directory(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def population() -> Population:
    return draw_population(16, np.random.default_rng(3))


@pytest.fixture(scope="module")
def matched(forward: Forward, population: Population) -> np.ndarray:
    return spectra(Matched(), forward, population)


def spectra(shift: Shift, forward: Forward, population: Population) -> np.ndarray:
    return shift.spectra(population, forward, np.random.default_rng(0), lambda done: None)


def test_clouds_only_ever_block_more_light_and_flatten_the_spectrum(forward, population, matched):
    cloudy = spectra(Clouds.create({"highest": 1, "lowest": 1}), forward, population)
    assert (cloudy > matched - 0.1 * PPM).all()
    assert (np.ptp(cloudy, axis=1) < np.ptp(matched, axis=1)).all()


def test_clouds_at_the_bottom_of_the_atmosphere_change_nothing(forward, population, matched):
    deep = spectra(Clouds.create({"highest": 1e7, "lowest": 1e7}), forward, population)
    assert np.abs(deep - matched).max() < 0.1 * PPM


def test_a_profile_without_contrast_changes_nothing(forward, population, matched):
    flat = spectra(Profile.create({"weakest": 0, "strongest": 0}), forward, population)
    assert np.abs(flat - matched).max() < 0.1 * PPM


def test_a_profile_is_cooler_above_and_as_stated_at_its_pivot(forward, population, matched):
    temperatures = Profile().temperatures(population, np.random.default_rng(0))
    assert (np.diff(temperatures, axis=1) < 0).all()
    assert (temperatures > 0).all()
    assert np.abs(temperatures / population.parameters[:, 1:2] - 1).min(axis=1).max() < 0.01
    changed = spectra(Profile(), forward, population)
    assert (np.abs(changed - matched).max(axis=1) > 5 * PPM).all()


def test_a_further_absorber_shows_in_its_bands_and_nowhere_else(forward, population, matched):
    rich = spectra(Species.create({"least": -3, "most": -3}), forward, population)
    excess = rich - matched
    in_band = np.abs(WAVES - 3.02) < 0.1
    assert (excess[:, in_band].max(axis=1) > excess[:, WAVES < 1].max(axis=1) + 10 * PPM).all()
    # what is left elsewhere comes from the mean molecular mass, a percent of the atmosphere's share
    bare = (population.parameters[:, 0] * 7.1492e7 / (population.stars.radius * 6.957e8)) ** 2
    outside = np.abs(excess[:, WAVES < 1]).max(axis=1)
    assert (outside < 0.02 * (matched[:, WAVES < 1].max(axis=1) - bare)).all()


def test_spots_deepen_transits_more_in_the_blue_and_faculae_make_them_shallower(forward, population, matched):
    factors = spectra(Star(), forward, population) / matched
    spotted = factors.mean(axis=1) > 1
    assert 0 < spotted.sum() < len(population)
    assert (factors[spotted][:, 0] > factors[spotted][:, -1]).all()
    assert (factors[~spotted] < 1).all()
    assert (factors[~spotted][:, 0] < factors[~spotted][:, -1]).all()


def test_contamination_by_a_region_that_sends_no_light_is_that_of_a_smaller_star():
    factor = contamination(np.array([5772.0]), np.array([100.0]), np.array([0.2]), WAVES, np.array(WIDTH))
    np.testing.assert_allclose(factor, 1 / 0.8)


def test_a_misfit_has_matched_spectra(forward, population, matched):
    assert np.array_equal(spectra(Misfit(), forward, population), matched)


@pytest.mark.parametrize("kind", SHIFTS)
def test_no_shift_touches_the_planets_and_each_is_the_same_again(kind, forward):
    drawn = draw_population(3, np.random.default_rng(6))
    before = replace(drawn, parameters=drawn.parameters.copy())
    one, other = (spectra(kind(), forward, drawn) for _ in range(2))
    assert np.array_equal(one, other)
    assert one.shape == (3, 52)
    assert np.array_equal(drawn.parameters, before.parameters)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (Clouds, {"highest": 1e5, "lowest": 1e2}, "'highest' is 100000 and must not be above 'lowest'"),
        (Profile, {"strongest": 2}, "Option 'strongest' of profile is 2"),
        (Star, {"spots": 0.1}, "star has no option 'spots'"),
    ],
)
def test_a_knob_out_of_range_is_refused(kind, options, message):
    with pytest.raises(HarnessError, match=message):
        kind.create(options)


@pytest.fixture(scope="module")
def displaced() -> tuple[np.ndarray, ...]:
    """Truths, displaced medians, and the radius's standard deviation, of 400 traces."""
    random = np.random.default_rng(8)
    planets = draw_population(400, random)
    spreads = np.array([0.004, 30, 0.3, 0.3, 0.3, 0.3, 0.3])
    rows = []
    for truth in planets.parameters:
        values = torch.as_tensor(truth + spreads * random.standard_normal((801, 7)))
        weights = torch.full((801,), 1 / 801, dtype=torch.float64)
        moved = displace(values, weights, torch.as_tensor(truth), random)
        assert torch.equal(moved[:, 1], values[:, 1])
        assert (moved >= torch.tensor([0.1, 0, -12, -12, -12, -12, -12])).all()
        assert (moved <= torch.tensor([3.0, 7000, -1, -1, -1, -1, -1])).all()
        rows.append((truth, moved.median(dim=0).values.numpy(), moved.std(dim=0).numpy()))
    return tuple(np.stack(column) for column in zip(*rows, strict=True))


def test_displaced_gases_lie_as_far_from_the_truth_as_in_the_release(displaced):
    truth, median, _ = displaced
    error = (median - truth)[:, 2:]
    assert np.sqrt(np.mean(error**2)) == pytest.approx(1.43, rel=0.05)


def test_displaced_radii_are_overconfident_as_in_the_release(displaced):
    truth, median, deviation = displaced
    assert np.sqrt(np.mean(((median - truth) / deviation)[:, 0] ** 2)) == pytest.approx(16, rel=0.15)
    assert np.median(deviation[:, 0]) == pytest.approx(0.004, rel=0.1)


def test_uneven_weights_and_samples_on_the_bounds_are_displaced_too():
    values = torch.full((50, 7), -12.0, dtype=torch.float64)
    values[:, 0], values[:, 1] = torch.linspace(0.1, 3.0, 50), 1000.0
    weights = torch.linspace(1, 50, 50, dtype=torch.float64)
    truth = torch.tensor([1.0, 1000, -9, -9, -6, -9, -3], dtype=torch.float64)
    moved = displace(values, weights / weights.sum(), truth, np.random.default_rng(0))
    assert moved.isfinite().all()
    assert (moved[:, 2:] >= -12).all()
