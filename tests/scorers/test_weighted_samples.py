"""Every scorer takes a weight for what it is: so many copies of a sample."""

import pytest
import torch

from harness.challenges.toy import Toy
from harness.data.posterior import Posterior
from harness.scorers.ariel import Ariel
from harness.scorers.calibration import CRPS, Coverage
from harness.scorers.ddks import DDKS
from harness.scorers.point import R2, RMSE

CHALLENGE = Toy.create({"train": 20, "valid": 5, "test": 4, "rows": 300}, name="toy")


@pytest.mark.parametrize("scorer", [Ariel, R2, RMSE, CRPS, Coverage, DDKS])
def test_a_weight_is_so_many_copies(scorer):
    generator = torch.Generator().manual_seed(1)
    lower, upper = torch.tensor(CHALLENGE.schema.bounds).T
    samples = lower + (upper - lower) * torch.rand(4, 200, len(lower), generator=generator)
    copies = torch.tensor([0, 1, 2, 5]).repeat(50)
    copies[-1] = 6  # an odd number of them, so that no median lies between two
    weighted = Posterior(samples, (copies / copies.sum().double()).expand(4, -1))
    copied = Posterior.equal(samples.repeat_interleave(copies, dim=1))
    one, other = (
        scorer.create(name="scorer").score(posterior, CHALLENGE.test.truth, CHALLENGE)
        for posterior in (weighted, copied)
    )
    assert one.value == pytest.approx(other.value, rel=1e-6)
    assert torch.allclose(one.per_planet, other.per_planet, equal_nan=True)
