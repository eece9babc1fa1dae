"""Forward models as challenges give them."""

import pytest
import torch

from harness.challenges.toy import Toy
from harness.components import FunctionForwardModel
from harness.errors import HarnessError

TINY = {"train": 4, "valid": 1, "test": 2, "rows": 100}


def doubled(parameters, star_radius, planet_mass):
    return 2 * parameters * (1 if star_radius is None else star_radius[:, None])


class Renamed(Toy):
    """The toy with the same model under another name."""

    def forward_model(self):
        return FunctionForwardModel(super().forward_model(), "another name")


class OfFunction(Toy):
    """A challenge as one might have been written before forward models had a class."""

    def forward_model(self):
        return doubled


def test_a_function_becomes_a_forward_model():
    forward = FunctionForwardModel(doubled, "doubled", ("star_radius_m",))
    assert forward.identity == "doubled"
    assert forward.needs == ("star_radius_m",)
    assert forward.quick() is forward
    assert forward(torch.ones(1, 2)).tolist() == [[2, 2]]
    assert forward(torch.ones(1, 2), torch.tensor([3.0])).tolist() == [[6, 6]]


def test_the_identity_of_the_forward_model_is_part_of_the_fingerprint():
    assert Toy.create(TINY).fingerprint == Toy.create(TINY).fingerprint
    assert Toy.create(TINY).fingerprint != Renamed.create(TINY).fingerprint


def test_a_forward_model_without_identity_is_refused_in_a_sentence():
    with pytest.raises(HarnessError, match=r"'old' is a function; it must be a subclass of .*ForwardModel"):
        _ = OfFunction.create(TINY, name="old").fingerprint
