"""Which simulated spectra look like those of training planets."""

import torch

from harness.data.observations import Observations
from harness.training.density_ratio import LEAST, acceptance

CHANNELS = torch.linspace(-1, 1, 20)


def planets(n, slope, seed):
    """Spectra that rise along the channels by so much, with noise far smaller than that."""
    generator = torch.Generator().manual_seed(seed)
    depth = 1e-2 * torch.exp(0.2 * torch.randn(n, 1, generator=generator))
    slopes = slope + 0.3 * torch.randn(n, 1, generator=generator)
    spectrum = depth * (1 + 0.02 * slopes * CHANNELS)
    return Observations(None, spectrum, torch.full_like(spectrum, 2e-5), torch.ones(n, 1))


def test_what_looks_like_training_planets_is_taken_and_other_spectra_are_thinned_out():
    trained, alike, others = planets(1500, 1.0, 0), planets(500, 1.0, 1), planets(1500, -1.0, 2)
    simulated = Observations.join([alike, others])
    accepted = acceptance(trained, simulated, torch.ones(2000), seed=0)
    assert accepted[:500].mean() > 0.97
    assert accepted[500:].mean() < 1.5 * LEAST
    assert accepted.min() == LEAST


def test_simulated_planets_like_the_training_ones_are_all_taken():
    trained, simulated = planets(1500, 1.0, 0), planets(800, 1.0, 1)
    assert acceptance(trained, simulated, torch.ones(800), seed=0).mean() > 0.99


def test_too_few_training_planets_leave_all_that_is_simulated():
    accepted = acceptance(planets(100, 1.0, 0), planets(50, -3.0, 1), torch.ones(50), seed=0)
    assert torch.equal(accepted, torch.ones(50, dtype=torch.float64))


def test_spectra_of_no_weight_may_be_anything():
    simulated = planets(600, 1.0, 1)
    weights = torch.ones(600)
    simulated.spectrum[::3], weights[::3] = torch.nan, 0
    accepted = acceptance(planets(1200, 1.0, 0), simulated, weights, seed=0)
    assert (accepted[::3] == 0).all()
    assert (accepted[weights > 0] > 0.5).all()


def test_the_same_seed_accepts_the_same_and_leaves_torchs_own_generator_alone():
    arguments = (planets(1200, 1.0, 0), planets(300, 0.0, 1), torch.ones(300))
    torch.manual_seed(5)
    first = acceptance(*arguments, seed=1)
    drawn = torch.rand(3)
    assert torch.equal(first, acceptance(*arguments, seed=1))
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(3))
