"""The power transform of each column, and the noise carried through it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.preprocessing import PowerTransformer

from harness.challenges import Split
from harness.data.schema import Schema
from harness.preprocessors.power_transform import PowerTransform, yeo_johnson
from harness.preprocessors.yeo_johnson import YeoJohnson

Challenges = dict[str, tuple[Split, Schema]]


@given(st.floats(-3, 5), st.lists(st.floats(-50, 50), min_size=1, max_size=20))
def test_the_transform_is_scipys(exponent: float, values: list[float]) -> None:
    found, _ = yeo_johnson(
        torch.tensor(values, dtype=torch.float64)[:, None], torch.tensor([exponent]).double()
    )
    expected = stats.yeojohnson(np.array(values), lmbda=float(torch.tensor([exponent])))
    np.testing.assert_allclose(found[:, 0].numpy(), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("exponent", [-3.0, 0.0, 0.17, 1.0, 2.0, 5.0])
def test_its_derivative_is_that_of_automatic_differentiation(exponent: float) -> None:
    x = torch.tensor([-20.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 20.0], dtype=torch.float64)[
        :, None
    ].requires_grad_()
    value, slope = yeo_johnson(x, torch.tensor([exponent], dtype=torch.float64))
    (expected,) = torch.autograd.grad(value.sum(), x)
    torch.testing.assert_close(slope, expected)


def columns() -> torch.Tensor:
    """Depths over decades, skewed to either side, and a spread that is small beside the mean."""
    generator = np.random.default_rng(0)
    normal = generator.standard_normal((3000, 4))
    return torch.from_numpy(
        np.column_stack(
            [
                4e-3 * np.exp(1.3 * normal[:, 0]),
                8e-3 + 1e-4 * normal[:, 1],
                10 - np.exp(normal[:, 2] / 2),
                1e27 * np.exp(normal[:, 3]),
            ]
        )
    )


def test_features_are_those_of_scikit_learn_for_the_rescaled_columns() -> None:
    module = PowerTransform(4)
    module.learn(columns())
    rescaled = ((columns() - module.location) / module.scale).numpy()
    oracle = PowerTransformer(method="yeo-johnson", standardize=True)
    expected = oracle.fit_transform(rescaled)
    np.testing.assert_allclose(module.lambdas.numpy(), oracle.lambdas_, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(module(columns())[0].numpy(), expected, atol=2e-3)


def test_depths_over_decades_become_normal() -> None:
    module = PowerTransform(4)
    module.learn(columns())
    found = module(columns())[0].numpy()
    assert np.abs(stats.skew(columns().numpy())[[0, 2, 3]]).min() > 1
    assert np.abs(stats.skew(found)).max() < 0.25
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(found.std(axis=0), 1)


def test_the_unit_of_a_column_does_not_matter() -> None:
    one, other = PowerTransform(4), PowerTransform(4)
    one.learn(columns())
    other.learn(columns() * 100)
    torch.testing.assert_close(other(columns() * 100)[0], one(columns())[0], rtol=1e-4, atol=1e-4)


def test_noise_is_carried_through_the_derivative(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    module = YeoJohnson.create().fit(split, schema)
    seen, n = split.observations[:40], len(schema.wavelength)
    quiet = seen.noise / 100  # where the first order is all that counts
    found = module(seen.spectrum, quiet, seen.auxiliary)[:, n : 2 * n]
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(400, *seen.spectrum.shape, generator=generator, dtype=torch.float64)
    noisy = torch.stack([module(seen.spectrum + quiet * one, quiet, seen.auxiliary) for one in drawn])
    ratio = noisy[..., :n].std(dim=0) / found
    assert ratio.mean().item() == pytest.approx(1, abs=0.005)
    assert 0.8 < ratio.min() < ratio.max() < 1.25


def test_noise_may_be_given_in_standardized_logarithms(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    seen, n = split.observations, len(schema.wavelength)
    plain = YeoJohnson.create().fit(split, schema)(seen.spectrum, seen.noise, seen.auxiliary)
    module = YeoJohnson.create({"log_noise": True}).fit(split, schema)
    found = module(seen.spectrum, seen.noise, seen.auxiliary)
    logarithm = plain[:, n : 2 * n].log()
    expected = (logarithm - logarithm.mean(dim=0)) / logarithm.std(dim=0, correction=0)
    torch.testing.assert_close(found[:, n : 2 * n], expected)
    assert torch.equal(found[:, :n], plain[:, :n])
