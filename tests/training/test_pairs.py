"""What is drawn at one step: pairs with noise, and rows of traces without."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.truth import Traces
from harness.training import Batch, ChallengeSources, Pairs
from harness.training.pairs import TracedPlanets
from harness.training.supervision import in_turn

CHALLENGE = Toy.create({"train": 60, "valid": 40, "test": 2, "rows": 200, "traced": 0.5}, name="toy")


def planets(n: int) -> Observations:
    """Spectra that are all the number of the planet."""
    spectrum = torch.arange(n, dtype=torch.float64)[:, None].expand(n, 3)
    return Observations(None, spectrum, torch.ones_like(spectrum), torch.zeros_like(spectrum[:, :1]))


@pytest.mark.parametrize("noise_included", [False, True])
def test_noise_is_drawn_onto_ideal_spectra_and_not_onto_observations(noise_included):
    train = CHALLENGE.train
    pairs = Pairs(train.observations, train.parameters, noise_included=noise_included)
    batch = pairs[torch.tensor([3, 5])].draw(torch.tensor([0, 1]), 2, torch.Generator().manual_seed(0))
    expected = train.observations[[3, 3, 5, 5]]
    off = ((batch.observations.spectrum - expected.spectrum) / expected.noise).abs()
    assert (off == 0).all() if noise_included else (off > 0).all()
    assert off.max() < 6
    assert torch.equal(batch.parameters, train.parameters[[3, 3, 5, 5]])
    assert batch.planet_index.tolist() == [0, 1, 2, 3]


def test_trace_rows_come_in_proportion_to_their_weights():
    values = torch.tensor([[0.0], [1.0], [2.0], [10.0], [11.0]])
    weights = torch.tensor([0.2, 0.0, 0.8, 0.5, 0.5], dtype=torch.float64)
    traces = Traces.from_list([(values[:3], weights[:3]), None, (values[3:], weights[3:])], 1)
    traced = TracedPlanets.of(planets(3), traces, torch.device("cpu"))
    assert traced.observations.spectrum[:, 0].tolist() == [0, 2]
    drawn = traced.draw_rows(torch.tensor([1, 0]), 20_000, torch.Generator().manual_seed(0))[..., 0]
    shares = [[float((row == value).double().mean()) for value in values[:, 0]] for row in drawn]
    expected = [[0, 0, 0, 0.5, 0.5], [0.2, 0, 0.8, 0, 0]]
    assert torch.allclose(torch.tensor(shares), torch.tensor(expected), atol=0.02)


def test_a_trace_is_seen_without_noise_and_parameters_with_it_drawn_afresh():
    find = ChallengeSources("mix", 100, 0.25, 2).find
    sources = find(CHALLENGE.train, CHALLENGE.valid, CHALLENGE.schema, Run())
    batches = list(sources.train.batches(2, 16, torch.Generator().manual_seed(0)))
    ideal = {tuple(row) for row in CHALLENGE.train.observations.spectrum.tolist()}
    seen = [[tuple(row) for row in batch.observations.spectrum.tolist()] for batch in batches]
    for batch, rows in zip(batches, seen, strict=True):
        assert len(batch) == 16
        of_traces = batch.planet_index.bincount() == 2  # two trace rows of each planet, one pair
        assert [row in ideal for row in rows] == of_traces.tolist()
        assert int(of_traces.sum()) == 2  # a quarter of the rows
    assert not set(seen[0]) <= set(seen[1])


def test_what_is_validated_on_is_the_same_at_every_call_and_seen_several_times_where_there_are_few():
    find = ChallengeSources("parameters", 100).find
    sources = find(CHALLENGE.train, CHALLENGE.valid, CHALLENGE.schema, Run())
    first, again = (sources.held_out.fixed(torch.Generator().manual_seed(4)) for _ in range(2))
    assert len(first[0]) == 40 * 16
    assert torch.equal(first[0].observations.spectrum, again[0].observations.spectrum)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(1, 8))
def test_the_parts_of_a_batch_are_the_whole_batch(rows, parts):
    drawn = []
    for first, each in enumerate(rows):
        pairs = Pairs(planets(3), torch.full((3, 2), float(first)))
        drawn.append(pairs.draw(torch.arange(3), each, torch.Generator().manual_seed(0)))
    whole = Batch.join(drawn)
    split = whole.split(parts)
    assert all(len(part.observations) > 0 for part in split)
    assert torch.equal(torch.cat([part.parameters for part in split]), whole.parameters)
    seen = torch.cat([part.observations.spectrum[part.planet_index] for part in split])
    assert torch.equal(seen, whole.observations.spectrum[whole.planet_index])


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 6))
def test_every_planet_is_taken_once_before_any_is_taken_again(n, steps, size):
    taken = in_turn(n, steps, size, torch.Generator().manual_seed(0)).flatten()
    assert len(taken) == steps * size
    for start in range(0, len(taken), n):
        turn = taken[start : start + n].tolist()
        assert len(set(turn)) == len(turn)
