"""Preprocessor and embedder as one module: where it computes, and what a wrong state says."""

import pytest
import torch

from harness.challenges.toy import Toy
from harness.components import Challenge
from harness.components.feature_module import Features
from harness.embedders.none import NoEmbedder
from harness.embedders.pca import PCA
from harness.errors import HarnessError
from harness.preprocessors.none import NoPreprocessor
from harness.preprocessors.standardize import Standardize


@pytest.fixture
def challenge() -> Challenge:
    return Toy.create({"train": 30, "valid": 2, "test": 3, "rows": 100}, name="toy")


@pytest.mark.parametrize("preprocessor", [NoPreprocessor, Standardize])
@pytest.mark.parametrize("embedder", [NoEmbedder, PCA])
def test_the_context_lies_where_the_module_was_moved_to(
    challenge: Challenge,
    preprocessor: type[NoPreprocessor | Standardize],
    embedder: type[NoEmbedder | PCA],
) -> None:
    """The meta device stands for CUDA: it computes no numbers, but refuses tensors of another device."""
    features = Features.fit(preprocessor(), embedder(), challenge.train, challenge.schema).to("meta")
    assert features.of(challenge.test.observations).device.type == "meta"


def test_the_state_holds_nothing_but_what_was_learned(challenge: Challenge) -> None:
    features = Features.fit(NoPreprocessor(), NoEmbedder(), challenge.train, challenge.schema)
    assert features.state_dict() == {}


def test_the_state_of_other_components_is_refused(challenge: Challenge) -> None:
    schema = challenge.schema
    fitted = Features.fit(Standardize(), PCA(), challenge.train, schema)
    standardize, pca = Standardize.create(name="standardize"), PCA.create({"components": 3}, name="pca")
    with pytest.raises(HarnessError, match="do not fit preprocessor 'standardize' and embedder 'pca'"):
        Features.restore(standardize, pca, schema, fitted.n_features, fitted.state_dict())


def test_a_challenge_on_other_planets_has_another_fingerprint(challenge: Challenge) -> None:
    whole = challenge.fingerprint
    part = challenge.on(challenge.test[:2])
    assert part.fingerprint != whole
    assert challenge.on(challenge.test).fingerprint == whole
    assert torch.equal(part.test.parameters, challenge.test.parameters[:2])
