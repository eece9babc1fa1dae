"""Principal components."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.embedders.none import NoEmbedder
from harness.embedders.pca import PCA


def correlated(n: int, width: int, seed: int = 0) -> torch.Tensor:
    """Features (n, width) with spreads from 1 to 1/width along random directions, off the origin."""
    generator = torch.Generator().manual_seed(seed)
    rotation = torch.linalg.qr(torch.randn(width, width, generator=generator)).Q
    spreads = 1 / torch.arange(1, width + 1)
    return torch.randn(n, width, generator=generator) * spreads @ rotation + 3.0


def test_components_are_those_of_the_singular_value_decomposition():
    features = correlated(500, 8)
    projection = PCA.create({"components": 3}).build(features)
    centred = (features - features.mean(0)).double().numpy()
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    overlap = np.abs(projection.components.numpy().T @ directions[:3].T)
    np.testing.assert_allclose(overlap, np.eye(3), atol=1e-4)


@settings(max_examples=25)
@given(width=st.integers(1, 12), seed=st.integers(0, 99))
def test_all_components_together_keep_distances(width, seed):
    features = correlated(60, width, seed)
    projection = PCA.create({"components": 12}).build(features)
    context = projection(features)
    assert projection.n_context == context.shape[1] == width
    torch.testing.assert_close(
        torch.pdist(context.double()), torch.pdist(features.double()), atol=1e-5, rtol=1e-5
    )


def test_context_is_centred_uncorrelated_and_sorted_by_spread():
    features = correlated(400, 6)
    context = PCA.create({"components": 6}).build(features)(features).double()
    covariance = context.T @ context / len(context)
    spread = covariance.diagonal()
    assert context.mean(0).abs().max() < 1e-5
    assert (covariance - spread.diag()).abs().max() < 1e-5
    assert (spread[:-1] >= spread[1:]).all()


def test_the_sign_of_a_component_does_not_depend_on_the_order_of_the_planets():
    features = correlated(200, 5)
    one = PCA.create({"components": 5}).build(features)
    other = PCA.create({"components": 5}).build(features.flip(0))
    torch.testing.assert_close(one.components, other.components)


def test_fewer_planets_than_features_are_enough():
    features = correlated(4, 20)
    context = PCA.create({"components": 16}).build(features)(features)
    assert context.shape == (4, 16)
    assert torch.isfinite(context).all()


def test_without_an_embedder_features_are_the_context():
    features = correlated(10, 5)
    module = NoEmbedder.create().build(features)
    assert module.n_context == 5
    assert torch.equal(module(features), features)
