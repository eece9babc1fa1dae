"""What the estimators learn from, and what they say where a challenge lacks it."""

from dataclasses import replace

import pytest
import torch
from harness_npe.apportioned import apportioned
from harness_npe.estimators.distances import NPEMMD, NPEDdKS
from harness_npe.estimators.independent import NPEIndependent
from harness_npe.estimators.npe import NPE
from hypothesis import given
from hypothesis import strategies as st

from harness.challenges import Split
from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.truth import Traces, Truth
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize
from harness.training import Batch, ChallengeSources, Pairs
from harness.training.pairs import TracedPlanets

CHALLENGE = Toy.create({"train": 60, "valid": 40, "test": 2, "rows": 200, "traced": 0.5}, name="toy")
TRAIN, VALID = CHALLENGE.train, CHALLENGE.valid
UNTRACED = replace(TRAIN, truth=Truth(TRAIN.parameters))
RUN = Run(name="npe-kl")
SIMULATOR = Run(name="npe-kl", forward_model=CHALLENGE.forward_model)


def sources(kind="auto", train=TRAIN, valid=VALID, run=RUN):
    return ChallengeSources(kind, 100, 0.25, 2).find(train, valid, CHALLENGE.schema, run)


@pytest.mark.parametrize(
    ("kind", "run", "train", "becomes"),
    [
        ("auto", SIMULATOR, TRAIN, "simulations and traces"),
        ("auto", SIMULATOR, UNTRACED, "simulations"),
        ("auto", RUN, TRAIN, "parameters and traces"),
        ("auto", RUN, UNTRACED, "parameters"),
        ("mix", SIMULATOR, TRAIN, "parameters and traces"),
        ("traces", RUN, TRAIN, "traces"),
    ],
)
def test_a_kind_of_supervision_becomes_what_the_challenge_has(kind, run, train, becomes):
    assert sources(kind, train, run=run).kind == becomes


def test_noise_is_drawn_onto_ideal_spectra_and_not_onto_observations():
    generator = torch.Generator().manual_seed(0)
    observed = CHALLENGE.schema.model_copy(update={"noise_included": True})
    for schema, drawn in ((CHALLENGE.schema, True), (observed, False)):
        found = ChallengeSources("parameters", 100).find(TRAIN, VALID, schema, RUN)
        pairs = found.train.pairs
        assert pairs is not None
        seen = pairs[torch.tensor([3, 5])].draw(torch.tensor([0, 1]), 2, generator).observations
        ideal = TRAIN.observations.spectrum[torch.tensor([3, 3, 5, 5])]
        off = ((seen.spectrum - ideal) / seen.noise).abs()
        assert (off > 0).all() if drawn else (off == 0).all()
        assert off.max() < 6


@pytest.mark.parametrize("kind", ["traces", "mix"])
def test_a_challenge_without_traces_is_told_what_needs_none(kind):
    with pytest.raises(HarnessError, match=r"no training planet .* has one; .*simulations do not need them"):
        sources(kind, UNTRACED)


def test_a_challenge_without_a_forward_model_is_told_what_needs_none():
    with pytest.raises(HarnessError, match=r"needs a forward model.*supervision=parameters does not"):
        sources("simulations")


def test_a_single_planet_is_too_few():
    with pytest.raises(
        HarnessError, match="needs at least 2 planets to learn from, and this challenge has 1"
    ):
        sources("parameters", TRAIN[:1], VALID[:0])


def test_simulations_are_not_made_after_the_pattern_of_a_single_planet():
    with pytest.raises(HarnessError, match="needs at least 2 planets to learn from"):
        sources("simulations", TRAIN[:1], VALID[:0], run=SIMULATOR)


def unfitted(kind: type[NPE], **options) -> NPE:
    return kind.create(
        {"epochs": 1, "steps": 2, "batch": 16, "transforms": 1, "hidden": (8,), **options},
        name="it",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )


@pytest.mark.parametrize("kind", [NPEDdKS, NPEMMD, NPEIndependent])
def test_an_estimator_that_needs_traces_says_so(kind):
    with pytest.raises(HarnessError, match=r"traces.* do(es)? not need"):
        unfitted(kind).fit(UNTRACED, VALID, Run(name="it"))


def test_validation_planets_are_held_out_where_the_challenge_holds_out_few():
    enough, few = sources("parameters"), sources("parameters", valid=VALID[:5])
    assert (enough.train.planets, enough.held_out.planets) == (60, 40)
    assert (few.train.planets, few.held_out.planets) == (54, 6)


def observed(n: int) -> Observations:
    spectrum = torch.arange(n, dtype=torch.float64)[:, None].expand(n, 3)
    return Observations(None, spectrum, torch.ones_like(spectrum), torch.zeros_like(spectrum[:, :1]))


def test_trace_rows_come_in_proportion_to_their_weights():
    values = torch.tensor([[0.0], [1.0], [2.0], [10.0], [11.0]])
    weights = torch.tensor([0.2, 0.0, 0.8, 0.5, 0.5], dtype=torch.float64)
    traces = Traces.from_list([(values[:3], weights[:3]), None, (values[3:], weights[3:])], 1)
    split = Split(TRAIN.observations[:3], Truth(None, traces))
    planets = TracedPlanets.of(split.observations, traces, torch.device("cpu"))
    assert len(planets) == 2
    drawn = planets.draw_rows(torch.tensor([1, 0]), 20_000, torch.Generator().manual_seed(0))[..., 0]
    shares = [[float((row == value).double().mean()) for value in values[:, 0]] for row in drawn]
    expected = [[0, 0, 0, 0.5, 0.5], [0.2, 0, 0.8, 0, 0]]
    assert torch.allclose(torch.tensor(shares), torch.tensor(expected), atol=0.02)


def test_a_trace_is_seen_without_noise_and_parameters_with_it_drawn_afresh():
    batches = list(sources("mix").train.batches(2, 16, torch.Generator().manual_seed(0)))
    ideal = {tuple(row) for row in TRAIN.observations.spectrum.tolist()}
    for batch in batches:
        of_traces = batch.planet_index.bincount() == 2  # two trace rows of each planet, one pair
        clean = torch.tensor([tuple(row) in ideal for row in batch.observations.spectrum.tolist()])
        assert torch.equal(clean, of_traces)
    assert not set(map(tuple, batches[0].observations.spectrum.tolist())) <= set(
        map(tuple, batches[1].observations.spectrum.tolist())
    )


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(1, 8))
def test_the_parts_of_a_batch_are_the_whole_batch(rows, parts):
    drawn = []
    for first, each in enumerate(rows):
        pairs = Pairs(observed(3), torch.full((3, 2), float(first)))
        drawn.append(pairs.draw(torch.arange(3), each, torch.Generator().manual_seed(0)))
    whole = Batch.join(drawn)
    split = whole.split(parts)
    assert all(len(part.observations) > 0 for part in split)
    assert torch.equal(torch.cat([part.parameters for part in split]), whole.parameters)
    seen = torch.cat([part.observations.spectrum[part.planet_index] for part in split])
    assert torch.equal(seen, whole.observations.spectrum[whole.planet_index])


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
