"""A forward model that remembers answers as the model does, and asks it for no row twice."""

from __future__ import annotations

import gc

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.components import ForwardModel
from harness.scorers import remembered
from harness.scorers.remembered import Remembered


class Counting(ForwardModel):
    """Sums of what it is given, and how many rows that were."""

    identity = "counting"

    def __init__(self):
        self.rows = 0

    def __call__(self, parameters, star_radius=None, planet_mass=None):
        self.rows += len(parameters)
        total = parameters.sum(dim=-1)
        for fact in (star_radius, planet_mass):
            total = total if fact is None else total + fact
        return torch.stack([total, 2 * total], dim=-1)


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=8), min_size=1, max_size=4), st.booleans())
def test_it_answers_as_the_model_and_asks_for_no_row_twice(calls, with_star):
    model, plain = Counting(), Counting()
    memory = Remembered(model)
    for call in calls:
        parameters = torch.tensor(call, dtype=torch.float64)[:, None] * torch.ones(3)
        star = torch.tensor(call, dtype=torch.float64) if with_star else None
        assert memory(parameters, star).equal(plain(parameters, star))
    assert model.rows == len({row for call in calls for row in call})
    assert Remembered(model)(parameters, star).equal(plain(parameters, star))  # another memory of the model
    assert model.rows == len({row for call in calls for row in call})


def test_it_keeps_the_last_rows_alone_and_nothing_of_a_model_that_is_gone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(remembered, "MOST", 2)
    model = Counting()
    memory = Remembered(model)
    one, two, three = (torch.full((1, 1), float(value)) for value in (1, 2, 3))
    for row in (one, two, one, three, one):
        memory(row)
    assert model.rows == 3
    memory(two)
    assert model.rows == 4
    before = len(remembered._kept)
    del model, memory
    gc.collect()
    assert len(remembered._kept) == before - 1
