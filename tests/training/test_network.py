"""One network: what it computes at once, and compiled."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from harness.errors import HarnessError
from harness.training import ConditionalDensity, network
from harness.training.featurizer import FeaturizedBatch
from harness.training.network import PosteriorNetwork


def of(density: ConditionalDensity, **options) -> PosteriorNetwork:
    return PosteriorNetwork(nn.Linear(5, density.n_context), density, **options)


def batch(rows_per_planet: int) -> FeaturizedBatch:
    """Six planets of three rows each."""
    generator = torch.Generator().manual_seed(0)
    features, parameters = (torch.randn(n, m, generator=generator) for n, m in ((6, 5), (18, 7)))
    return FeaturizedBatch(features, parameters, torch.arange(6).repeat_interleave(3), rows_per_planet)


def test_a_context_that_rows_share_is_read_once_with_the_same_losses(unfitted):
    torch.manual_seed(0)
    small, reads = of(unfitted().density(4)), []
    small.density.mean.register_forward_hook(lambda module, inputs, output: reads.append(inputs[0].shape))
    together, apart = small.losses(batch(3)), small.losses(batch(0))
    assert [shape.numel() for shape in reads] == [6 * 4, 18 * 4]
    torch.testing.assert_close(together, apart)


def test_without_a_compiler_one_sentence_says_what_to_do(monkeypatch, fitted):
    def no_compiler(network, batch):
        raise RuntimeError("Failed to find a working C++ Compiler")

    monkeypatch.setattr(network, "_compiled", lambda: no_compiler)
    with pytest.raises(HarnessError, match=r"takes a C\+\+ compiler.*leave out --set estimator.compile=true"):
        fitted(compile=True)


def test_a_compiled_training_is_the_same_training(monkeypatch, fitted):
    """The compiler itself takes a minute: here tracing alone."""
    eager = torch.compile(PosteriorNetwork._losses, backend="eager")
    monkeypatch.setattr(network, "_compiled", lambda: eager)
    compiled = fitted(compile=True).history
    torch.testing.assert_close(compiled, fitted().history, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("units", [True, False])
def test_an_embedder_is_trained_in_half_precision_where_a_processor_has_units_for_it(
    monkeypatch, unfitted, units
):
    monkeypatch.setattr(network, "has_bfloat16_matrices", lambda: units)
    features, density = torch.randn(6, 5), unfitted().density(4)
    for chosen, half in (("auto", units), (True, True), (False, False)):
        mixed = of(density, mixed_precision=chosen)
        exact, context = mixed.embed(features), mixed.context(features)
        assert context.dtype == torch.float32
        assert bool((context == context.bfloat16().float()).all()) == half
        torch.testing.assert_close(context, exact, rtol=2e-2, atol=2e-2)
        with torch.no_grad():  # what is drawn and validated is exact
            torch.testing.assert_close(mixed.context(features), exact)
