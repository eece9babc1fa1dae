"""Differentiable samples have the derivatives of the samples, checked by finite differences."""

import pytest
import torch
from harness_npe.flows import ConditionalDensity, build_density
from torch import Tensor

OPTIONS = {
    "nsf": {"hidden": (8, 8), "bins": 4, "transforms": 2},
    "nsf-coupling": {"hidden": (8, 8), "bins": 4, "transforms": 2},
    "maf": {"hidden": (8, 8), "transforms": 2},
    "naf": {"hidden": (8, 8), "network": (8, 8), "transforms": 2},
    "unaf": {"hidden": (8, 8), "network": (8, 8), "transforms": 2},
    "fmpe": {"hidden": (8, 8), "steps": 4},
}
every_density = pytest.mark.parametrize("name", list(OPTIONS))


def double(name: str) -> ConditionalDensity:
    torch.manual_seed(5)
    built = build_density(name, 3, 4, **OPTIONS[name]).double()
    with torch.no_grad():
        for weights in built.parameters():
            weights *= 1.3
    return built


def seen(built: ConditionalDensity, context: Tensor) -> Tensor:
    """A number that every sample bears on."""
    samples = built.rsample(context, 6, torch.Generator().manual_seed(11))
    return (samples * torch.linspace(0.5, 2, samples.numel()).reshape(samples.shape)).sum()


@every_density
def test_gradients_in_the_context_agree_with_finite_differences(name: str) -> None:
    built = double(name)
    context = torch.randn(2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    direction = torch.randn(2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    leaf = context.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(seen(built, leaf), leaf)
    step = 1e-5
    with torch.no_grad():
        ahead, behind = (seen(built, context + sign * step * direction) for sign in (1, -1))
    expected = (ahead - behind) / (2 * step)
    torch.testing.assert_close((gradient * direction).sum(), expected, rtol=2e-4, atol=1e-5)


@every_density
def test_gradients_in_every_weight_agree_with_finite_differences(name: str) -> None:
    built = double(name)
    context = torch.randn(2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    gradients = dict(
        zip(
            dict(built.named_parameters()),
            torch.autograd.grad(seen(built, context), list(built.parameters())),
            strict=True,
        )
    )
    step = 1e-5
    for label, weights in built.named_parameters():
        generator = torch.Generator().manual_seed(3)
        direction = torch.randn(weights.shape, dtype=torch.float64, generator=generator)
        with torch.no_grad():
            weights += step * direction
            ahead = seen(built, context)
            weights -= 2 * step * direction
            behind = seen(built, context)
            weights += step * direction
        expected = (ahead - behind) / (2 * step)
        found = (gradients[label] * direction).sum()
        assert found.item() == pytest.approx(expected.item(), rel=5e-4, abs=1e-4), label


@every_density
def test_gradients_stay_within_a_planet(name: str) -> None:
    context = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    context.requires_grad_()
    samples = double(name).rsample(context, 4, torch.Generator().manual_seed(11))
    (gradient,) = torch.autograd.grad(samples[1].sum(), context)
    assert (gradient[1] != 0).all()
    assert (gradient[[0, 2]] == 0).all()
