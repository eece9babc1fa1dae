"""Training pairs simulated under the prior of retrievals."""

import math

import numpy as np
import pytest
import torch

from harness.challenges import Observations, Split, Truth, load
from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.challenges.ariel2023.grid import PARAMETERS, WAVELENGTH, WIDTH
from harness.challenges.ariel2023.layout import AUXILIARY
from harness.components import ForwardModel, FunctionForwardModel
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.physics.constants import JUPITER_MASS, JUPITER_RADIUS, SUN_RADIUS
from harness.training import simulations
from harness.training.simulations import simulate_pairs

SCHEMA = Schema(parameters=PARAMETERS, wavelength=WAVELENGTH, width=WIDTH, auxiliary=AUXILIARY)
HOTTEST = 2000.0


@pytest.fixture(scope="module")
def toy():
    return load("toy", {"train": 60, "valid": 10, "test": 5, "rows": 100})


@pytest.fixture(scope="module")
def planets():
    return flat_planets(400)


def flat_planets(n):
    """Training planets of many masses, whose flat spectra are those of their radii."""
    generator = torch.Generator().manual_seed(1)
    normal = torch.randn(3, n, generator=generator, dtype=torch.float64)
    star_radius, mass = torch.exp(0.2 * normal[0]), torch.exp(0.5 * normal[1] - 1)
    radius = 0.9 * torch.exp(0.2 * normal[2])
    depth = (radius * JUPITER_RADIUS / (star_radius * SUN_RADIUS)) ** 2
    auxiliary = torch.ones(n, len(AUXILIARY), dtype=torch.float64)
    auxiliary[:, SCHEMA.auxiliary_names.index("star_radius_m")] = star_radius * SUN_RADIUS
    auxiliary[:, SCHEMA.auxiliary_names.index("planet_mass_kg")] = mass * JUPITER_MASS
    parameters = torch.full((n, 7), -5.0, dtype=torch.float64)
    parameters[:, 0], parameters[:, 1] = radius, torch.linspace(500, HOTTEST, n)
    return Split(
        Observations(
            np.array([f"train{i}" for i in range(n)]),
            depth[:, None].expand(n, len(WAVELENGTH)).clone(),
            (1e-5 * (1 + torch.arange(n)))[:, None].expand(n, len(WAVELENGTH)).double(),
            auxiliary,
        ),
        Truth(parameters),
    )


def test_simulating_ends_when_its_time_is_over(planets, monkeypatch):
    """Each spectrum takes a second by the clock of this test."""
    now = [0.0]
    monkeypatch.setattr(simulations.time, "monotonic", lambda: now[0])

    def slow(parameters, star_radius, planet_mass):
        now[0] += len(parameters)
        return puffed_up(parameters, star_radius, planet_mass)

    def simulated(seconds):
        now[0] = 0.0
        steps = []
        generator = torch.Generator().manual_seed(0)
        forward = FunctionForwardModel(slow, "a slow one")
        pairs = simulate_pairs(planets, SCHEMA, forward, 2000, generator, steps.append, None, seconds)
        return len(pairs), now[0]

    assert simulated(None) == (2000, 6000.0)
    assert simulated(2000.0) == (2000 * 1536 // 6000, 1536.0)  # six blocks: three quarters of the time
    assert simulated(1.0) == (2000 * 256 // 6000, 256.0)  # one block is the least


def puffed_up(parameters, star_radius, planet_mass):
    """A disc that is larger than the planet the hotter it is: flat spectra."""
    assert planet_mass is not None
    share = parameters[:, 1] / (2 * HOTTEST)
    radius = parameters[:, 0] * (1 + 0.2 * share) * JUPITER_RADIUS / (star_radius * SUN_RADIUS)
    return (radius**2)[:, None].expand(len(parameters), len(WAVELENGTH))


def simulated(train, schema, forward, n=500, seed=0, folder=None, advance=lambda pairs: None):
    if callable(forward) and not isinstance(forward, ForwardModel):
        forward = FunctionForwardModel(forward, "a function of this test")
    return simulate_pairs(train, schema, forward, n, torch.Generator().manual_seed(seed), advance, folder)


def test_spectra_are_those_of_the_forward_model_and_parameters_fill_the_prior(toy):
    forward = toy.forward_model()
    pairs = simulated(toy.train, toy.schema, forward, n=2000)
    assert len(pairs) == 2000
    assert torch.allclose(pairs.ideal.spectrum, forward(pairs.parameters.double()).float(), rtol=1e-5)
    for column, (lower, upper) in enumerate(toy.schema.bounds):
        values = (pairs.parameters[:, column] - lower) / (upper - lower)
        if column != 1:  # temperatures end at twice the hottest training planet's, here beyond the bound
            assert 0 <= values.min() < 0.01 < 0.99 < values.max() <= 1
        assert abs(values.mean() - 0.5) < 0.03


def test_noise_and_auxiliary_columns_are_those_of_one_training_planet(planets):
    pairs = simulated(planets, SCHEMA, puffed_up)
    row = (pairs.ideal.noise[:, 0] / 1e-5).round().long() - 1
    assert torch.equal(pairs.ideal.noise, planets.observations.noise[row].float())
    assert torch.equal(pairs.ideal.auxiliary, planets.observations.auxiliary[row].float())
    assert len(row.unique()) > 200


@pytest.mark.parametrize("n_train", [400, 1200])  # too few to choose spectra by their likeness, and enough
def test_pairs_give_the_posterior_of_a_uniform_prior(n_train):
    pairs = simulated(flat_planets(n_train), SCHEMA, puffed_up, n=30_000)
    column = SCHEMA.auxiliary_names.index("star_radius_m")
    disc = pairs.ideal.spectrum[:, 0].sqrt() * pairs.ideal.auxiliary[:, column] / JUPITER_RADIUS
    share = pairs.parameters[:, 1] / (2 * HOTTEST)
    # a disc of size s is one of radius s / (1 + 0.2 t) at share t: uniform radii make t of density
    # proportional to 1 / (1 + 0.2 t) on (0, 1), whatever s is
    expected = (1 - math.log(1.2) / 0.2) / math.log(1.2)
    for smallest, largest in ((0.6, 0.75), (0.75, 0.95), (0.95, 1.2), (1.2, 1.5)):
        inside = share[(disc > smallest) & (disc < largest)]
        assert len(inside) > 500
        assert abs(inside.mean() - expected) < 5 * inside.std() / len(inside) ** 0.5


def test_observed_radii_are_like_those_of_the_training_planets(planets):
    pairs = simulated(planets, SCHEMA, puffed_up, n=20_000)
    column = SCHEMA.auxiliary_names.index("star_radius_m")
    disc = (pairs.ideal.spectrum[:, 0].sqrt() * pairs.ideal.auxiliary[:, column] / JUPITER_RADIUS).log()
    seen = planets.parameters[:, 0].log()
    assert abs(disc.mean() - seen.mean()) < 0.05
    assert abs(disc.std() - seen.std()) < 0.1


def test_the_same_seed_gives_the_same_pairs_and_another_seed_others(planets):
    first, again, other = (simulated(planets, SCHEMA, puffed_up, seed=seed) for seed in (3, 3, 4))
    assert torch.equal(first.parameters, again.parameters)
    assert torch.equal(first.ideal.spectrum, again.ideal.spectrum)
    assert not torch.equal(first.parameters, other.parameters)


def test_an_interrupted_simulation_goes_on_to_the_same_pairs(planets, tmp_path, monkeypatch):
    monkeypatch.setattr(simulations, "BLOCK", 100)
    calls = []

    def interrupted(*inputs):
        if len(calls) == 4:
            raise KeyboardInterrupt
        calls.append(len(inputs[0]))
        return puffed_up(*inputs)

    with pytest.raises(KeyboardInterrupt):
        simulated(planets, SCHEMA, interrupted, folder=tmp_path)
    calls[:] = []

    def counted(*inputs):
        calls.append(len(inputs[0]))
        return puffed_up(*inputs)

    (damaged := sorted(tmp_path.iterdir())[0]).write_bytes(damaged.read_bytes()[:50])
    resumed = simulated(planets, SCHEMA, counted, folder=tmp_path)
    unbroken = simulated(planets, SCHEMA, puffed_up)
    assert len(calls) == 12  # 15 blocks, of which 4 were finished and one of those damaged
    assert torch.equal(resumed.ideal.spectrum, unbroken.ideal.spectrum)
    assert torch.equal(resumed.parameters, unbroken.parameters)


def test_progress_adds_up_to_the_pairs_that_were_asked_for(planets, monkeypatch):
    monkeypatch.setattr(simulations, "BLOCK", 64)
    steps = []
    simulated(planets, SCHEMA, puffed_up, n=333, advance=steps.append)
    assert sum(steps) == 333
    assert min(steps) >= 0


def test_what_makes_no_planet_is_left_out(planets):
    def half_unbound(parameters, star_radius, planet_mass):
        depth = puffed_up(parameters, star_radius, planet_mass)
        return torch.where(parameters[:, 2:3] > -6.5, torch.nan, depth)

    pairs = simulated(planets, SCHEMA, half_unbound)
    assert len(pairs) == 500
    assert pairs.ideal.spectrum.isfinite().all()
    assert pairs.parameters[:, 2].max() <= -6.5


def test_a_forward_model_that_makes_no_planet_is_refused(planets):
    def unbound(parameters, star_radius, planet_mass):
        return puffed_up(parameters, star_radius, planet_mass) * torch.nan

    with pytest.raises(HarnessError, match="only 0 make a planet"):
        simulated(planets, SCHEMA, unbound)


def test_a_challenge_without_forward_model_has_no_pairs(planets):
    assert simulated(planets, SCHEMA, None) is None


def test_a_training_planet_without_mass_is_named(planets):
    auxiliary = planets.observations.auxiliary.clone()
    auxiliary[7, SCHEMA.auxiliary_names.index("planet_mass_kg")] = torch.nan
    seen = planets.observations
    broken = Split(Observations(seen.planet_ids, seen.spectrum, seen.noise, auxiliary), planets.truth)
    with pytest.raises(HarnessError, match="planet_mass_kg of planet train7 is nan"):
        simulated(broken, SCHEMA, puffed_up)


def test_the_built_in_physics_makes_pairs(planets):
    exact = ArielForwardModel(SCHEMA)
    pairs = simulated(planets, SCHEMA, lambda *inputs: exact(*inputs), n=50)
    assert len(pairs) == 50
    assert pairs.ideal.spectrum.isfinite().all()
    assert (pairs.ideal.spectrum > 0).all()
    assert pairs.parameters[:, 1].max() <= 2 * HOTTEST


def test_the_pairs_do_not_depend_on_the_number_of_cores(planets, monkeypatch):
    monkeypatch.setattr(simulations, "BLOCK", 100)
    forward = FunctionForwardModel(puffed_up, "a function of this test")
    forward.parallel = True
    cores = torch.get_num_threads()
    made = []
    try:
        for number in (1, 3):
            torch.set_num_threads(number)
            made.append(simulated(planets, SCHEMA, forward))
            assert torch.get_num_threads() == number
    finally:
        torch.set_num_threads(cores)
    assert torch.equal(made[0].ideal.spectrum, made[1].ideal.spectrum)
    assert torch.equal(made[0].parameters, made[1].parameters)
