"""Residual convolutions along the wavelength axis."""

import pytest
import torch

from harness.components import FeatureLayout
from harness.embedders.rescnn import ResCNN
from harness.errors import HarnessError

WAVELENGTH = torch.linspace(0.6, 7.3, 11)


def network(wavelength: torch.Tensor, n_facts: int, seed: int = 0) -> torch.nn.Module:
    embedder = ResCNN()
    embedder.use_layout(FeatureLayout(("spectrum", "noise"), tuple(wavelength.tolist())))
    torch.manual_seed(seed)
    return embedder.architecture(2 * len(wavelength) + n_facts).eval()


def test_channels_are_read_in_the_order_of_their_wavelengths() -> None:
    order = torch.randperm(11, generator=torch.Generator().manual_seed(0))
    columns = torch.cat([order, 11 + order, torch.tensor([22, 23])])
    features = torch.randn(4, 24)
    with torch.no_grad():
        ascending = network(WAVELENGTH, 2)(features)
        shuffled = network(WAVELENGTH[order], 2)(features[:, columns])
        wrong = network(WAVELENGTH, 2)(features[:, columns])
    assert torch.equal(ascending, shuffled)
    assert not torch.allclose(ascending, wrong)


def test_where_a_feature_lies_along_the_spectrum_is_not_forgotten() -> None:
    module = network(WAVELENGTH, 0)
    bands = torch.zeros(11, 22)
    bands[:, :11] = torch.eye(11)
    with torch.no_grad():
        distance = torch.pdist(module(bands))
    assert distance.min() > 1e-3


def test_without_facts_only_the_spectrum_is_read() -> None:
    assert not any(name.startswith("facts") for name, _ in network(WAVELENGTH, 0).named_parameters())
    assert any(name.startswith("facts") for name, _ in network(WAVELENGTH, 1).named_parameters())


def test_an_even_kernel_is_refused() -> None:
    with pytest.raises(HarnessError, match="Option 'kernel' of rescnn is 4: it must be odd"):
        ResCNN.create({"kernel": 4}, name="rescnn")
