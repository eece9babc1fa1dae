"""The Ariel scorers on challenges with a forward model."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch

from harness.challenges import Observations, Split, load
from harness.components import Challenge, ForwardModel
from harness.data.posterior import Posterior
from harness.data.schema import Column, Schema
from harness.errors import HarnessError
from harness.metrics import official_spectral_score, spectral_score
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.scorers.ariel import Ariel, ArielOfficial


class TwoChannels(ForwardModel):
    """Two channels that any parameter and fact changes."""

    identity = "two channels"
    needs = ("star_radius_m", "planet_mass_kg")

    def __call__(self, parameters, star_radius=None, planet_mass=None):
        depth = 1e-6 * parameters[:, :1] / star_radius[:, None] ** 2
        return torch.cat([depth, depth - 1e-4 * parameters[:, 1:] / planet_mass[:, None]], dim=1)


class Transiting(Challenge):
    """The planets of a case about stars of known radius."""

    planets: tuple[Schema, Split]

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        schema, test = self.planets
        return schema, {"test": test}

    def forward_model(self):
        return TwoChannels()


@pytest.fixture
def transiting(case):
    """The same challenge with a forward model: facts about stars and planets in SI units."""
    generator = torch.Generator().manual_seed(1)
    n = len(case.prediction)
    star = 0.5 + torch.rand(n, generator=generator, dtype=torch.float64)
    mass = 0.1 + torch.rand(n, generator=generator, dtype=torch.float64)
    schema = case.challenge.schema.model_copy(
        update={
            "auxiliary": (
                Column(name="planet_mass_kg", unit="kg"),
                Column(name="star_radius_m", unit="m"),
            )
        }
    )
    observations = Observations(
        np.array([f"planet{i}" for i in range(n)]),
        torch.ones(n, 1),
        torch.ones(n, 1),
        torch.stack([mass * JUPITER_MASS, star * SUN_RADIUS], dim=1),
    )
    challenge = Transiting.create(name="transiting")
    challenge.planets = (schema, Split(observations, case.truth))
    return challenge, star, mass


BOTH = [(Ariel, spectral_score), (ArielOfficial, official_spectral_score)]


@pytest.mark.parametrize(("scorer", "metric"), BOTH)
def test_the_score_is_four_fifths_posterior_and_one_fifth_spectral(case, transiting, scorer, metric):
    challenge, star, mass = transiting
    alone = scorer.create().score(case.prediction, case.truth, case.challenge)
    score = scorer.create().score(case.prediction, case.truth, challenge)
    rows = torch.nonzero(case.truth.traces.present)[:, 0]
    ours = [case.prediction.planet(row) for row in rows.tolist()]
    theirs = [case.truth.traces.trace(row) for row in rows.tolist()]
    lists = [list(one) for pairs in (ours, theirs) for one in zip(*pairs, strict=True)]
    spectral = metric(*lists, TwoChannels(), star[rows], mass[rows], challenge.schema.bounds)
    assert list(score.parts) == ["posterior", "spectral", "posterior/temperature", "posterior/log_H2O"]
    assert score.parts["posterior"] == alone.parts["posterior"]
    assert score.parts["spectral"].value == pytest.approx(float(spectral.mean()), abs=1e-6)
    expected = 0.8 * alone.per_planet[rows] + 0.2 * spectral
    torch.testing.assert_close(score.per_planet[rows], expected, rtol=0.0, atol=1e-6)
    assert score.value == pytest.approx(float(expected.mean()), abs=1e-6)
    assert torch.equal(torch.isfinite(score.per_planet), case.truth.traces.present)


def test_the_seed_decides_the_official_spectral_part_too(case, transiting):
    values = [
        ArielOfficial.create({"seed": seed})
        .score(case.prediction, case.truth, transiting[0])
        .parts["spectral"]
        for seed in (0, 0, 1)
    ]
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize(("column", "name"), [(0, "planet_mass_kg"), (1, "star_radius_m")])
@pytest.mark.parametrize("value", [0.0, torch.nan])
def test_a_planet_without_mass_or_star_radius_is_named(case, transiting, column, name, value):
    challenge, *_ = transiting
    challenge.test.observations.auxiliary[3, column] = value
    with pytest.raises(HarnessError, match=rf"^{name} of planet planet3 is (0|nan); the forward model"):
        Ariel.create().score(case.prediction, case.truth, challenge)


def test_a_planet_that_is_not_scored_may_lack_them(case, transiting):
    challenge, *_ = transiting
    challenge.test.observations.auxiliary[1] = torch.nan  # it has no trace
    score = Ariel.create().score(case.prediction, case.truth, challenge)
    assert np.isfinite(score.value)


def test_planets_of_which_the_challenge_knows_nothing_are_refused(case, transiting):
    challenge, *_ = transiting
    with pytest.raises(
        HarnessError, match="10 planets are to be scored, but transiting has 240 test planets"
    ):
        Ariel.create().score(case.prediction[:10], case.truth[:10], challenge)


def test_the_toys_own_truth_has_the_best_spectral_part():
    toy = load("toy", {"train": 10, "valid": 1, "test": 6, "rows": 1000})
    traces = toy.test.truth.traces
    pairs = [traces.trace(planet) for planet in range(6)]
    truth = Posterior(torch.stack([v for v, _ in pairs]), torch.stack([w for _, w in pairs]))
    score = Ariel.create({"device": "cpu"}).score(truth, toy.test.truth, toy)
    assert score.value == pytest.approx(1000, abs=1e-6)
    assert score.parts["spectral"].value == 1000
    worse = Posterior(truth.samples * 0.9, truth.weights)
    assert Ariel.create().score(worse, toy.test.truth, toy).parts["spectral"].value < 1000
