"""Densities integrate to one, and samples follow them."""

import numpy as np
import pytest
import torch
from harness_npe.flows import ConditionalDensity, build_density
from numpy.typing import NDArray
from scipy import integrate, stats

CONTEXT = torch.tensor([0.4, -1.2, 0.8])
OPTIONS = {
    "nsf": {"hidden": (16, 16), "bins": 6},
    "nsf-coupling": {"hidden": (16, 16), "bins": 6, "transforms": 4},
    "maf": {"hidden": (16, 16)},
    "naf": {"hidden": (16, 16), "network": (8, 8)},
    "unaf": {"hidden": (16, 16), "network": (8, 8)},
    "fmpe": {"hidden": (16, 16), "steps": 8},
}
every_density = pytest.mark.parametrize("name", list(OPTIONS))


def shaped(name: str, n_parameters: int) -> ConditionalDensity:
    """A small density that was trained for a moment on a bent, skewed distribution."""
    torch.manual_seed(1)
    built = build_density(name, n_parameters, len(CONTEXT), **OPTIONS[name])
    optimiser = torch.optim.Adam(built.parameters(), lr=1e-2)
    for _ in range(50):
        normal = torch.randn(128, n_parameters)
        first = normal[:, :1]
        theta = torch.cat([(first / 2).exp(), first**2 / 2 + 0.5 * normal[:, 1:]], dim=-1)
        optimiser.zero_grad()
        built.loss(theta, CONTEXT.expand(128, -1)).mean().backward()
        optimiser.step()
    return built.eval()


def density_at(built: ConditionalDensity, theta: NDArray[np.float64]) -> NDArray[np.float64]:
    with torch.no_grad():
        return built.log_prob(torch.from_numpy(theta).float(), CONTEXT).double().exp().numpy()


@every_density
def test_one_parameter_integrates_to_one_and_its_samples_follow(name: str) -> None:
    built = shaped(name, 1)
    grid = np.linspace(-20, 40, 12_001)
    values = density_at(built, grid[:, None])
    cumulative = integrate.cumulative_trapezoid(values, grid, initial=0)
    assert cumulative[-1] == pytest.approx(1, abs=2e-3)
    samples = built.sample(CONTEXT[None], 20_000, torch.Generator().manual_seed(2))[0, :, 0].numpy()
    statistic = stats.kstest(samples, lambda x: np.interp(x, grid, cumulative)).statistic
    assert statistic < stats.kstwo.isf(1e-3, len(samples))


@every_density
def test_two_parameters_integrate_to_one_and_their_samples_follow(name: str) -> None:
    built = shaped(name, 2)
    samples = built.sample(CONTEXT[None], 10_000, torch.Generator().manual_seed(2))[0].numpy()
    ends = np.arcsinh([samples.min(0) - 1, samples.max(0) + 1]).T
    axes = [np.sinh(np.linspace(*end, 201)) for end in ends]  # dense where the density is, wide for the tails
    theta = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    values = density_at(built, theta.reshape(-1, 2)).reshape(201, 201)
    assert integrate.trapezoid(integrate.trapezoid(values, axes[1]), axes[0]) == pytest.approx(1, abs=0.01)
    for i in range(2):
        marginal = integrate.trapezoid(values, axes[1 - i], axis=1 - i)
        cumulative = integrate.cumulative_trapezoid(marginal, axes[i], initial=0)
        statistic = stats.kstest(
            samples[:, i], lambda x, i=i, c=cumulative: np.interp(x, axes[i], c / c[-1])
        ).statistic
        assert statistic < stats.kstwo.isf(1e-3, len(samples))
