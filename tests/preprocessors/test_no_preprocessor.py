"""No preprocessing."""

import torch

from harness.challenges.toy import Toy
from harness.preprocessors.none import NoPreprocessor

CHALLENGE = Toy.create({"train": 30, "valid": 0, "test": 5, "rows": 200}, name="toy")


def test_spectrum_and_auxiliary_columns_stand_side_by_side():
    seen = CHALLENGE.test.observations
    module = NoPreprocessor.create().fit(CHALLENGE.train, CHALLENGE.schema)
    features = module(seen.spectrum, seen.noise, seen.auxiliary)
    assert torch.equal(features, torch.cat([seen.spectrum, seen.auxiliary], dim=1))
