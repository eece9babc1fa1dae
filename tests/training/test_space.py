"""The space that densities live in: there and back, off the bounds, and how densities change on the way."""

from __future__ import annotations

import pytest
import torch

from harness.preprocessors.scale_heights import ScaleHeights
from harness.preprocessors.standardize import Standardize
from harness.training import Batch
from harness.training.space import ParameterSpace


@pytest.fixture(params=[Standardize, ScaleHeights], ids=["the same for all", "of each planet"])
def space(request, challenge) -> ParameterSpace:
    """One whose map is the same for all planets, and one whose map is centred on each of them."""
    fitted = ParameterSpace(request.param.create(), challenge.schema)
    fitted.fit(batch(challenge))
    return fitted


def batch(challenge) -> Batch:
    train = challenge.train
    return Batch(train.observations, train.parameters, torch.arange(len(train)), 1)


def test_what_it_was_fitted_to_has_no_mean_and_unit_spread_in_it(space, challenge):
    rows = space.standardised_rows(batch(challenge))
    torch.testing.assert_close(rows.mean(0), torch.zeros(7), atol=1e-4, rtol=0)
    torch.testing.assert_close(rows.std(0, correction=0), torch.ones(7), atol=1e-4, rtol=0)


def test_parameters_go_there_and_back(space, challenge):
    train = challenge.train
    transform = space.transform(train.observations)
    inside = space.off_bounds(train.parameters)
    back = space.physical(space.standardised(inside, transform), transform)
    lower, upper = torch.tensor(challenge.schema.bounds, dtype=torch.float64).T
    torch.testing.assert_close((back - inside) / (upper - lower), torch.zeros_like(inside), atol=1e-5, rtol=0)


def test_whatever_is_drawn_in_it_lies_inside_the_prior(space, challenge):
    observations = challenge.test.observations
    drawn = 50 * torch.randn(3, 500, 7, generator=torch.Generator().manual_seed(0))
    physical = space.physical(drawn, space.transform(observations))
    lower, upper = torch.tensor(challenge.schema.bounds).T
    assert ((physical >= lower) & (physical <= upper)).all()


def test_parameters_at_a_bound_do_not_stretch_it(space, challenge):
    lower, upper = torch.tensor(challenge.schema.bounds, dtype=torch.float64).T
    rows = torch.stack([lower, upper, (lower + upper) / 2])
    moved = (space.off_bounds(rows) - lower) / (upper - lower)
    expected = torch.tensor([1e-3, 1 - 1e-3, 0.5], dtype=torch.float64)[:, None].expand(3, 7)
    torch.testing.assert_close(moved, expected)


def test_densities_change_by_the_determinant_that_automatic_differentiation_finds(space, challenge):
    observations = challenge.train.observations[:4]
    transform = space.transform(observations)
    parameters = space.off_bounds(challenge.train.parameters[:4].double())

    def unbounded(rows):
        return (transform(rows) - space.mean) / space.spread

    found = space.log_density_factor(parameters, transform)
    for planet in range(4):

        def of_one(row, planet=planet):
            rows = torch.cat([parameters[:planet], row[None], parameters[planet + 1 :]])
            return unbounded(rows)[planet]

        jacobian = torch.func.jacrev(of_one)(parameters[planet])
        expected = torch.linalg.slogdet(jacobian).logabsdet
        torch.testing.assert_close(found[planet], expected, atol=1e-4, rtol=1e-5)
