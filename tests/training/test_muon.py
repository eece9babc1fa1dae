"""Descent by orthogonalised momentum: what a step does to a matrix, and what it is for."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from harness.training.flat_weights import FlatWeights
from harness.training.muon import Muon, orthogonal
from harness.training.optimizers import optimizers_of


@given(
    rows=st.integers(2, 40), columns=st.integers(2, 40), exponent=st.integers(-5, 12), seed=st.integers(0, 99)
)
def test_directions_have_the_singular_vectors_of_a_matrix_and_values_near_one(rows, columns, exponent, seed):
    matrices = torch.randn(3, rows, columns, generator=torch.Generator().manual_seed(seed)) * 10.0**exponent
    left, values, right = torch.linalg.svd(matrices, full_matrices=False)
    found = torch.linalg.svdvals(orthogonal(matrices))
    assert found.max() < 1.3
    # a singular value of a hundredth of the norm has grown to about one; far smaller ones do not get there
    enough = values > 0.01 * matrices.norm(dim=(1, 2))[:, None]
    along = torch.einsum("nik,nij,nkj->nk", left, orthogonal(matrices), right)
    assert (along[enough] > 0.6).all()


def test_a_matrix_of_zeros_is_left_where_it_is():
    torch.testing.assert_close(orthogonal(torch.zeros(1, 3, 5)), torch.zeros(1, 3, 5))


def test_a_step_changes_entries_by_a_fifth_of_the_rate():
    matrix = nn.Parameter(torch.zeros(1, 64, 32))
    matrix.grad = torch.randn(matrix.shape, generator=torch.Generator().manual_seed(0))
    Muon([matrix], rate=0.01).step()
    assert matrix.detach().square().mean().sqrt().item() == pytest.approx(0.002, rel=0.3)


def test_matrices_and_the_other_weights_have_an_optimiser_each():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Linear(6, 4), nn.LayerNorm(4), nn.Linear(4, 4), nn.Conv1d(1, 3, 5), nn.Linear(4, 1)
    )
    before = {name: value.clone() for name, value in network.state_dict().items()}
    flat = FlatWeights(network.parameters())
    flat.gather_gradients()
    adamw, muon = optimizers_of(flat, "muon", 0.1, 0.0)
    flat.gradient.fill_(1.0)
    muon.step()
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    # a convolution's filters, each in one row, have but one channel; the last layer has one row
    assert moved == {"0.weight", "2.weight", "3.weight"}
    adamw.step()
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == set(before)


def test_gradients_that_differ_by_orders_of_magnitude_are_followed_alike():
    """Regression on features of very different size."""
    generator = torch.Generator().manual_seed(0)
    scale = torch.logspace(0, -2, 16)
    features = torch.randn(512, 16, generator=generator) * scale
    truth = torch.randn(8, 16, generator=generator)
    target = features @ truth.T
    losses = {}
    for rule in ("adamw", "muon"):
        layer = nn.Linear(16, 8, bias=False)
        with torch.no_grad():
            layer.weight.zero_()
        flat = FlatWeights(layer.parameters())
        flat.gather_gradients()
        optimizers = optimizers_of(flat, rule, 0.05, 0.0)
        for step in range(200):
            for optimizer in optimizers:
                optimizer.param_groups[0]["lr"] = 0.2 * (1 - step / 200)
            flat.gradient.zero_()
            loss = (layer(features) - target).square().mean()
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
        losses[rule] = loss.item()
    assert losses["muon"] < 1e-3
    assert math.isfinite(losses["adamw"])
