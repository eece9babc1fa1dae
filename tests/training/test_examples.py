"""The fixed set that boosting and sbi learn from."""

import pytest
import torch
from torch import nn

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.preprocessors.standardize import Standardize
from harness.training import ChallengeSources
from harness.training.examples import fixed_set
from harness.training.featurizer import Featurizer
from harness.training.space import ParameterSpace

CHALLENGE = Toy.create({"train": 120, "valid": 30, "test": 3, "rows": 200, "traced": 0.5}, name="toy")


class AsSeen(nn.Module):
    """Features that are the spectrum itself."""

    def forward(self, spectrum, noise, auxiliary):
        return spectrum


def drawn(kind, copies=2, trace_rows=5):
    finder = ChallengeSources(kind, 100, 0.1, 1)
    sources = finder.find(CHALLENGE.train, CHALLENGE.valid, CHALLENGE.schema, Run())
    featurizer = Featurizer(AsSeen(), ParameterSpace(Standardize.create(), CHALLENGE.schema))
    generator = torch.Generator().manual_seed(0)
    return fixed_set(sources.train, copies, trace_rows, featurizer, generator)


@pytest.mark.parametrize(
    ("kind", "rows"),
    [("parameters", 2 * 120), ("mix", 267), ("traces", 2 * 5 * CHALLENGE.train.truth.n_traces)],
)
def test_it_has_every_pair_and_trace_rows_in_proportion(kind, rows):
    learned = drawn(kind)
    assert len(learned) == len(learned.features) == rows


def test_copies_of_a_pair_differ_in_noise_alone():
    learned = drawn("parameters", copies=3)
    planets, each = torch.unique(learned.parameters, dim=0, return_counts=True)
    assert len(planets) == 120
    assert (each == 3).all()
    assert len(torch.unique(learned.features, dim=0)) == 360


def test_a_trace_is_seen_without_noise():
    ideal = {tuple(row) for row in CHALLENGE.train.observations.spectrum.float().tolist()}
    learned = drawn("traces", copies=1)
    assert {tuple(row) for row in learned.features.tolist()} <= ideal
