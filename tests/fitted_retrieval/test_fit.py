"""A retrieval that means another radius and other masses is learned from its posteriors."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from harness.challenges import load
from harness.components import Challenge
from harness.data.host_facts import host_facts
from harness.data.split import Split
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.fitted_opacities import condensed
from harness.fitted_retrieval.base import base_model
from harness.fitted_retrieval.fit import RetrievalFit, Steps, fit_retrieval
from harness.fitted_retrieval.likelihood import chi_square
from harness.fitted_retrieval.model import FittedRetrieval, RetrievalChanges
from harness.fitted_retrieval.planets import RetrievedPlanets
from harness.physics import Layers, TransmissionModel
from harness.physics.radius_convention import bound, radius_at

REFERENCE = 4e5  # [Pa] at which the retrieval means its radius; the forward model means it at 1e6


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return load("ariel-mini")


@pytest.fixture(scope="module")
def model(challenge: Challenge) -> TransmissionModel:
    forward = challenge.forward_model()
    assert forward is not None
    directory = forward.cross_sections()
    assert directory is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(condensed, "ATMOSPHERES", 120)
        return base_model(directory, (), challenge.schema, torch.device("cpu"))


@pytest.fixture(scope="module")
def elsewhere(challenge: Challenge) -> Split:
    """The training planets, with the radius of their posteriors at another pressure."""
    train = challenge.train
    traces = train.truth.traces
    assert traces is not None
    _, masses = host_facts(train.observations, challenge.schema)
    assert masses is not None
    values = traces.values.clone().double()
    for planet in torch.nonzero(traces.present).flatten().tolist():
        rows = slice(int(traces.start[planet]), int(traces.stop[planet]))
        mass = masses[planet].expand(rows.stop - rows.start)
        values[rows, 0] = radius_at(values[rows], mass, math.log(REFERENCE / Layers().bottom))
    return replace(train, truth=Truth(train.truth.parameters, replace(traces, values=values)))


@pytest.fixture(scope="module")
def learned(challenge: Challenge, model: TransmissionModel, elsewhere: Split) -> RetrievalFit:
    generator = torch.Generator().manual_seed(0)
    planets = RetrievedPlanets.of(elsewhere, challenge.schema, generator)
    told: list[int] = []
    steps = Steps(first=80, second=16)
    found = fit_retrieval(planets, model, "test", generator, lambda done, note=None: told.append(done), steps)
    assert sum(told) == steps.first + steps.second
    return found


def test_the_pressure_of_the_radius_is_found(learned: RetrievalFit) -> None:
    assert abs(math.log10(learned.retrieval.reference_pressure / REFERENCE)) < 0.2


def test_posteriors_held_out_are_likelier_under_it(learned: RetrievalFit) -> None:
    assert learned.held_out >= 10
    assert learned.after.density > learned.before.density + 2
    assert learned.after.residual < learned.before.residual / 2
    # the error bars of these posteriors are those of the noise
    assert 0.7 < learned.retrieval.noise < 1.5


def test_it_is_a_forward_model_with_error_bars_of_its_own(
    learned: RetrievalFit, challenge: Challenge, elsewhere: Split, model: TransmissionModel
) -> None:
    retrieval = FittedRetrieval.restored(model, learned.retrieval.state(), "again")
    traces = elsewhere.truth.traces
    assert traces is not None
    planet = int(torch.nonzero(traces.present)[0])
    values, weights = traces.trace(planet)
    rows = values[weights.argsort(descending=True)[:20]]
    one = elsewhere.observations[[planet] * 20]
    spectra = retrieval(rows, *host_facts(one, challenge.schema))
    seen = retrieval.seen(one)
    assert torch.allclose(seen.noise, one.noise * learned.retrieval.noise)
    off = ((spectra - seen.spectrum) / seen.noise).square().sum(dim=1)
    assert float(off.median()) < 3 * len(challenge.schema.wavelength)
    torch.testing.assert_close(spectra, learned.retrieval(rows, *host_facts(one, challenge.schema)))


def test_nothing_is_learned_where_the_time_is_up(
    challenge: Challenge, model: TransmissionModel, elsewhere: Split
) -> None:
    generator = torch.Generator().manual_seed(0)
    planets = RetrievedPlanets.of(elsewhere, challenge.schema, generator)
    told: list[int] = []
    steps = Steps(first=5, second=5, enough=lambda: True)
    found = fit_retrieval(planets, model, "test", generator, lambda done, note=None: told.append(done), steps)
    assert found.after.density == found.before.density
    assert found.retrieval.reference_pressure == pytest.approx(Layers().bottom)
    assert sum(told) == 10


def test_what_was_learned_until_the_time_was_up_is_kept(
    challenge: Challenge, model: TransmissionModel, elsewhere: Split
) -> None:
    generator = torch.Generator().manual_seed(0)
    planets = RetrievedPlanets.of(elsewhere, challenge.schema, generator)
    asked = iter(range(100))
    steps = Steps(first=40, second=5, enough=lambda: next(asked) >= 20)
    found = fit_retrieval(planets, model, "test", generator, lambda done, note=None: None, steps)
    assert found.after.density > found.before.density
    assert found.retrieval.reference_pressure < Layers().bottom


def test_too_few_traces_are_refused(challenge: Challenge, elsewhere: Split) -> None:
    few = elsewhere[torch.nonzero(elsewhere.truth.traces.present).flatten()[:10]]  # type: ignore[union-attr]
    with pytest.raises(
        HarnessError, match="at least 40 training planets, and of the 10 of this challenge 10"
    ):
        RetrievedPlanets.of(few, challenge.schema, torch.Generator().manual_seed(0))


def test_masses_change_between_knots_and_stay_beyond_them() -> None:
    changes = RetrievalChanges(0, 3)
    masses = torch.logspace(-2, 1, 50, dtype=torch.float64)
    changes.look_at(masses)
    assert torch.equal(changes.mass(masses), masses)
    with torch.no_grad():
        changes.masses.copy_(torch.linspace(-0.1, 0.1, len(changes.masses)))
    off = (changes.mass(masses) / masses).log().detach()
    assert float(off[0]) == pytest.approx(-0.1)
    assert float(off[-1]) == pytest.approx(0.1, rel=1e-4)
    assert bool((off.diff() > 0).all())
    far = torch.tensor([1e-5, 1e4], dtype=torch.float64)
    torch.testing.assert_close((changes.mass(far) / far).log().detach(), torch.tensor([-0.1, 0.1]).double())


def test_planets_of_one_mass_have_finite_changes() -> None:
    changes = RetrievalChanges(0, 3)
    changes.look_at(torch.ones(5, dtype=torch.float64))
    with torch.no_grad():
        changes.masses.fill_(0.3)
    found = changes.mass(torch.ones(2).double()).detach()
    torch.testing.assert_close(found, torch.full((2,), math.exp(0.3)).double())


def test_what_is_no_planet_is_as_far_as_can_be(
    challenge: Challenge, model: TransmissionModel, elsewhere: Split
) -> None:
    generator = torch.Generator().manual_seed(0)
    planets = RetrievedPlanets.of(elsewhere, challenge.schema, generator)
    changes = RetrievalChanges(len(model.extinction.cia), len(model.wavenumber))
    changes.look_at(planets.planet_mass)
    values = planets.rows[:1, :3].clone()
    values[0, 0, 1] = 1e6  # nothing is bound at a million kelvin
    values[0, 1, 2:4] = -0.1  # mixing ratios above 1
    found = chi_square(changes, model, planets, torch.tensor([0]), values)
    assert found[0, 0] == found[0, 1] == 1e6
    assert found[0, 2] < 1e6


def test_an_unbound_atmosphere_is_told_before_it_overflows() -> None:
    parameters = torch.tensor([[1.0, 1000, -4, -4, -4, -4, -4], [1.0, 3e5, -4, -4, -4, -4, -4]]).double()
    assert bound(parameters, torch.ones(2).double(), math.log(1e-5 / 1e6)).tolist() == [True, False]
