"""What the estimators say where a challenge has no traces, and how members share their samples out."""

from dataclasses import replace

import pytest
import torch
from harness_npe.apportioned import apportioned
from harness_npe.estimators.distances import NPEMMD, NPEDdKS
from harness_npe.estimators.independent import NPEIndependent
from hypothesis import given
from hypothesis import strategies as st

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.data.truth import Truth
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize
from harness.training import TrainedEstimator

CHALLENGE = Toy.create({"train": 60, "valid": 40, "test": 2, "rows": 200, "traced": 0.5}, name="toy")
TRAIN, VALID = CHALLENGE.train, CHALLENGE.valid
UNTRACED = replace(TRAIN, truth=Truth(TRAIN.parameters))


def unfitted(kind: type[TrainedEstimator], **options) -> TrainedEstimator:
    return kind.create(
        {"epochs": 1, "steps": 2, "batch": 16, "transforms": 1, "hidden": (8,), **options},
        name="it",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )


@pytest.mark.parametrize("kind", [NPEDdKS, NPEMMD, NPEIndependent])
def test_an_estimator_that_needs_traces_says_so_before_and_in_a_fit(kind):
    without = Toy.create({"train": 60, "valid": 5, "test": 2, "rows": 200, "traced": 0.0}, name="toy")
    assert "traces" in unfitted(kind).unsuitable_for(without)
    assert unfitted(kind).unsuitable_for(CHALLENGE) is None
    with pytest.raises(HarnessError, match=r"traces.* do(es)? not need"):
        unfitted(kind).fit(UNTRACED, VALID, Run(name="it"))


@given(st.integers(1, 5000), st.lists(st.floats(1e-3, 1), min_size=1, max_size=10))
def test_samples_are_shared_out_whole_and_in_proportion(n, weights):
    shares = torch.tensor(weights, dtype=torch.float64)[:, None]
    shares = shares / shares.sum()
    counts = apportioned(n, shares)
    assert int(counts.sum()) == n
    assert float((counts - n * shares).abs().max()) <= 1


def test_a_member_nearer_to_the_traces_gives_more_samples():
    estimator = unfitted(NPEIndependent, members=2, bins=4)
    estimator.fit(TRAIN, VALID, Run())
    assert torch.allclose(estimator.sampler.shares.sum(0), torch.ones(7))
    estimator.sampler.shares = torch.tensor([[1.0] * 7, [0.0] * 7])
    alone = estimator.sample(CHALLENGE.test.observations, 1000, Run()).samples
    assert torch.isfinite(alone).all()
    for parameter in estimator.trained.members[1].parameters():
        parameter.fill_(torch.nan)
    again = estimator.sample(CHALLENGE.test.observations, 1000, Run()).samples
    assert torch.equal(alone, again)
