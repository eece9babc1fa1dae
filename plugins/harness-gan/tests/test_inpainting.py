"""Completing images: what moves, what is looked at, and where it leads."""

import pytest
import torch
from harness_gan.aspa import Aspa, Contents
from harness_gan.cloud import smoothed
from harness_gan.inpainting import Inpainter, Known, known_part
from harness_gan.networks import Discriminator, Generator
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

LAYOUT = Aspa([1.0, 1.5, 2.0, 3.0, 4.0], 1, 2)
N_KNOWN = 6


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def networks():
    torch.manual_seed(0)
    return Generator(LAYOUT, 3, 4), Discriminator(LAYOUT, 4, spectral=False).eval()


def inpainter(generator, discriminator, **options):
    chosen = {"perceptual": 0.1, "anchor": 1.0, "iterations": 30, "rate": 0.1, **options}
    return Inpainter(LAYOUT, generator, discriminator, noise(50, 3, seed=9), **chosen)


def observed(generator, planets=4, error=0.1):
    with torch.no_grad():
        value = known_part(LAYOUT.decode(generator(noise(planets, 3, seed=5))))
    return Known(value, torch.full_like(value, error), torch.ones(N_KNOWN, dtype=torch.bool))


def test_gradients_reach_z_and_nothing_else():
    generator, discriminator = networks()
    before = [p.clone() for net in (generator, discriminator) for p in net.parameters()]
    known = observed(generator)
    start = inpainter(generator, discriminator, iterations=0)(known, torch.Generator().manual_seed(1))
    done = inpainter(generator, discriminator)(known, torch.Generator().manual_seed(1))
    assert not torch.equal(done.z, start.z)
    after = [p for net in (generator, discriminator) for p in net.parameters()]
    assert all(p.grad is None for p in after)
    assert all(torch.equal(p, q) for p, q in zip(before, after, strict=True))


def test_more_iterations_fit_the_known_part_better():
    generator, discriminator = networks()
    known = observed(generator, error=0.02)
    losses = []
    for iterations in (0, 100):
        complete = inpainter(generator, discriminator, anchor=0.0, perceptual=0.0, iterations=iterations)
        losses.append(complete(known, torch.Generator().manual_seed(1)).contextual.mean())
    assert losses[1] < 0.2 * losses[0]


def test_a_number_that_is_not_known_is_not_looked_at():
    generator, discriminator = networks()
    known = observed(generator)
    hidden = known.without(torch.tensor([True, False, False, False, False]))
    other = Known(hidden.value.clone(), hidden.error, hidden.mask)
    other.value[:, 0] += 100.0
    ends = [
        inpainter(generator, discriminator)(k, torch.Generator().manual_seed(1)).z for k in (hidden, other)
    ]
    assert torch.equal(*ends)


def test_restarts_of_all_planets_at_once_are_those_of_each_alone():
    generator, discriminator = networks()
    known, complete = observed(generator), inpainter(generator, discriminator, anchor=0.0)
    together = complete(known, torch.Generator().manual_seed(1)).z
    alone = torch.cat([complete(known[i : i + 1], torch.Generator().manual_seed(1)).z for i in range(4)])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_what_many_restarts_find_does_not_depend_on_how_many_are_completed_at_once(monkeypatch):
    generator, discriminator = networks()
    known, complete = observed(generator, planets=50), inpainter(generator, discriminator)
    together = complete(known, torch.Generator().manual_seed(1))
    monkeypatch.setattr("harness_gan.inpainting.RESTARTS_AT_ONCE", 7)
    monkeypatch.setattr("harness_gan.inpainting.LOSSES_AT_ONCE", 3 * len(complete.library))
    parts = complete(known, torch.Generator().manual_seed(1))
    for name in ("z", "contextual", "perceptual"):
        torch.testing.assert_close(getattr(parts, name), getattr(together, name), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(parts.contents.parameters, together.contents.parameters, atol=1e-4, rtol=1e-4)


class Largest(TorchDispatchMode):
    """Keeps the number of elements of the largest tensor that is made."""

    def __init__(self):
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor):
            self.numbers = max(self.numbers, made.numel())
        return made


def test_many_restarts_of_one_planet_do_not_fill_the_memory(monkeypatch):
    restarts, library = 4000, 50
    monkeypatch.setattr("harness_gan.inpainting.RESTARTS_AT_ONCE", 20)
    monkeypatch.setattr("harness_gan.inpainting.LOSSES_AT_ONCE", 10 * library)
    complete = inpainter(*networks(), iterations=1)
    known = observed(complete.generator, planets=1)
    draws = torch.Generator().manual_seed(1)
    with Largest() as largest:
        complete(known.restarts(restarts, draws), draws)
    assert largest.numbers <= restarts * N_KNOWN  # what is known of each restart; all losses would be more


def test_smoothing_a_large_cloud_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("harness_gan.cloud.NUMBERS_AT_ONCE", 10_000)
    cloud = noise(1, 3000, 2) @ torch.tensor([[1.0, 0.8], [0.0, 0.3]])
    with Largest() as largest:
        samples = smoothed(cloud, 2000, torch.Generator().manual_seed(0))
    assert largest.numbers <= 10_000
    expected = cloud[0].T.cov(correction=0)
    torch.testing.assert_close(samples[0].T.cov(), expected, atol=0.05, rtol=0.1)


class Linear(nn.Module):
    """An image whose known part and parameters are linear in z."""

    def __init__(self):
        super().__init__()
        self.latent = 3
        matrix = noise(LAYOUT.n_channels + LAYOUT.n_facts + LAYOUT.n_parameters, 3, seed=3)
        self.register_buffer("matrix", matrix)

    def contents(self, z):
        return Contents(
            *(z @ self.matrix.T).split([LAYOUT.n_channels, LAYOUT.n_facts, LAYOUT.n_parameters], 1)
        )

    def forward(self, z):
        return LAYOUT.encode(self.contents(z))


def test_restarts_of_a_linear_generator_sample_its_posterior():
    generator, count = Linear(), 4000
    _, discriminator = networks()
    complete = inpainter(generator, discriminator, perceptual=0.0, iterations=200)
    matrix, error = generator.matrix[:N_KNOWN], 0.5
    truth = noise(1, 3, seed=7)
    value = truth @ matrix.T
    known = Known(value, torch.full_like(value, error), torch.ones(N_KNOWN, dtype=torch.bool))
    draws = torch.Generator().manual_seed(2)
    z = complete(known.restarts(count, draws), draws).z
    precision = matrix.T @ matrix / error**2 + torch.eye(3)
    covariance = torch.linalg.inv(precision)
    mean = covariance @ matrix.T @ value[0] / error**2
    spread = covariance.diagonal().sqrt()
    assert ((z.mean(0) - mean).abs() < 0.1 * spread).all()
    torch.testing.assert_close(z.T.cov(), covariance, atol=0.1 * float(spread.max()) ** 2, rtol=0.1)


@pytest.mark.parametrize("n", [1, 7, 8, 1000])
def test_a_cloud_gives_exactly_as_many_samples_as_asked_for(n):
    assert smoothed(noise(3, 8, 2), n, torch.Generator().manual_seed(0)).shape == (3, n, 2)


def test_smoothing_keeps_mean_and_covariance_of_the_cloud():
    cloud = noise(1, 64, 2) @ torch.tensor([[1.0, 0.8], [0.0, 0.3]])
    samples = smoothed(cloud, 200_000, torch.Generator().manual_seed(0))[0]
    torch.testing.assert_close(samples.mean(0), cloud[0].mean(0), atol=0.01, rtol=0)
    expected = cloud[0].T.cov(correction=0)
    torch.testing.assert_close(samples.T.cov(), expected, atol=0.02, rtol=0.02)
