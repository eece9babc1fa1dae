"""What all embedders that are trained with an estimator have in common."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.challenges.toy import Toy
from harness.components import Embedder, FeatureLayout
from harness.components.feature_module import Features
from harness.embedders.rescnn import ResCNN
from harness.embedders.resmlp import ResMLP
from harness.embedders.transformer import Transformer
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize

WAVELENGTH = tuple(torch.linspace(0.6, 7.3, 12).tolist())
KINDS = [ResMLP, ResCNN, Transformer]


def embedder(kind: type[Embedder], *blocks: str, **options: object) -> Embedder:
    made = kind.create(options, name=kind.__name__.lower())
    made.use_layout(FeatureLayout(blocks, WAVELENGTH))
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_planets_do_not_influence_one_another_in_training_either(kind: type[Embedder]) -> None:
    torch.manual_seed(0)
    module = embedder(kind, "spectrum", dropout=0.2).architecture(15).train()
    features = torch.randn(6, 15, requires_grad=True)
    module(features)[2].sum().backward()
    assert features.grad is not None
    assert features.grad[2].abs().max() > 0
    assert features.grad[[0, 1, 3, 4, 5]].abs().max() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_feature_reaches_the_context(kind: type[Embedder]) -> None:
    torch.manual_seed(0)
    module = embedder(kind, "spectrum", "noise").architecture(27)
    features = torch.randn(4, 27, requires_grad=True)
    module(features).square().sum().backward()
    assert features.grad is not None
    assert (features.grad.abs().amax(dim=0) > 1e-6).all()


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_is_for_training_only(kind: type[Embedder]) -> None:
    torch.manual_seed(0)
    module = embedder(kind, "spectrum", dropout=0.5).architecture(14)
    features = torch.randn(3, 14)
    assert not torch.equal(module(features), module(features))
    module.eval()
    assert torch.equal(module(features), module(features))


@settings(max_examples=15)
@given(
    kind=st.sampled_from(KINDS),
    n_channels=st.integers(1, 30),
    blocks=st.sampled_from([("spectrum",), ("noise",), ("spectrum", "noise"), ("a", "b", "noise")]),
    n_facts=st.integers(0, 3),
)
def test_any_number_of_channels_blocks_and_facts_is_embedded(kind, n_channels, blocks, n_facts):
    made = kind.create({"context": 5})
    made.use_layout(FeatureLayout(blocks, tuple(1.0 + 0.1 * channel for channel in range(n_channels))))
    n_features = made.layout.n_channel_features + n_facts
    context = made.architecture(n_features)(torch.randn(2, n_features))
    assert context.shape == (2, 5)
    assert torch.isfinite(context).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [1, 6])
def test_a_deep_network_begins_as_well_conditioned_as_a_shallow_one(kind: type[Embedder], depth: int) -> None:
    torch.manual_seed(0)
    module = embedder(kind, "spectrum", depth=depth).architecture(15)
    features = torch.randn(256, 15, requires_grad=True)
    context = module(features)
    context.sum(dim=1).mean().backward()
    assert features.grad is not None
    assert 0.03 < context.std(dim=0).mean() < 1
    assert 1e-6 < features.grad.abs().mean() * len(features) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_little_training_finds_where_a_band_lies(kind: type[Embedder]) -> None:
    """Each spectrum has one band in one channel: which one, a mean over channels does not say."""
    torch.manual_seed(0)
    module = embedder(kind, "spectrum", context=1, width=16).architecture(14)
    channel = torch.randint(12, (3200,))
    spectra = torch.cat([2.0 * torch.nn.functional.one_hot(channel, 12), torch.randn(3200, 2)], dim=1)
    target = torch.tensor(WAVELENGTH)[channel] - 4
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-2)
    for rows in torch.arange(3200).split(32)[:80]:
        loss = (module(spectra[rows])[:, 0] - target[rows]).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        missed = (module(spectra[2600:])[:, 0] - target[2600:]).square().mean()
    assert missed < 0.2 * target.var()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_trained_is_restored_with_the_features(kind: type[Embedder]) -> None:
    challenge = Toy.create({"train": 30, "valid": 2, "test": 3, "rows": 100}, name="toy")
    fitted = Features.fit(Standardize(), kind(), challenge.train, challenge.schema).eval()
    torch.manual_seed(1)
    state = fitted.state_dict()
    restored = Features.restore(Standardize(), kind(), challenge.schema, fitted.n_features, state).eval()
    seen = challenge.test.observations
    assert torch.equal(fitted.of(seen), restored.of(seen))
    assert fitted.to("meta").of(seen).device.type == "meta"  # stands for CUDA: nothing is left behind


@pytest.mark.parametrize("kind", [ResCNN, Transformer])
def test_features_that_are_not_told_apart_by_channel_are_refused(kind: type[Embedder]) -> None:
    with pytest.raises(HarnessError, match="such as --preprocessor standardize"):
        kind.create(name=kind.__name__.lower()).architecture(20)


@pytest.mark.parametrize("kind", [ResCNN, Transformer])
def test_a_layout_of_more_features_than_there_are_is_refused(kind: type[Embedder]) -> None:
    with pytest.raises(HarnessError, match=r"given 20 features, but .* has 2 blocks of 12 channels"):
        embedder(kind, "spectrum", "noise").architecture(20)


@pytest.mark.parametrize("kind", [ResCNN, Transformer])
def test_a_wavelength_of_zero_is_refused(kind: type[Embedder]) -> None:
    made = kind()
    made.use_layout(FeatureLayout(("spectrum",), (0.5, 0.0)))
    with pytest.raises(HarnessError, match="wavelength of channel 1 is 0 um"):
        made.architecture(2)
