"""Reference posteriors of many planets: in parallel, and taken up where they were left."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
import torch

from harness.components import ForwardModel
from harness.data.observations import Observations
from harness.data.schema import Column, Parameter, Schema
from harness.errors import HarnessError
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.retrieval import nested_sampling
from harness.retrieval.likelihood import UniformPrior
from harness.retrieval.nested_sampling import NestedOptions, sample_posterior
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_posterior import reference_posterior
from harness.retrieval.reference_store import TraceStore
from harness.retrieval.reference_traces import as_traces, reference_posteriors

SCHEMA = Schema(
    parameters=(
        Parameter(name="a", unit="", lower=-1, upper=1),
        Parameter(name="b", unit="", lower=-2, upper=2),
    ),
    wavelength=(1.0, 2.0, 3.0),
    width=(0.1, 0.1, 0.1),
    auxiliary=(Column(name="star_radius_m", unit="m"), Column(name="planet_mass_kg", unit="kg")),
)
QUICK = NestedOptions(live=50, effective=10, rows=400, calls=300)
NOISE = np.array([0.1, 0.1, 0.2])


@dataclass(frozen=True)
class Sums(ForwardModel):
    """Both parameters and their sum, a little off where an exact model is named."""

    off: float = 0.0
    exact: bool = True
    identity = "sums"

    def __call__(self, parameters, star_radius=None, planet_mass=None):
        return torch.cat([parameters, parameters.sum(dim=1, keepdim=True)], dim=1) + self.off

    def quick(self) -> ForwardModel:
        return self if self.exact else Sums(0.02)


EXACT, APPROXIMATE = Sums(), Sums(exact=False)


class Unbound(ForwardModel):
    """No planet anywhere."""

    identity = "unbound"
    needs = ("star_radius_m", "planet_mass_kg")

    def __call__(self, parameters, star_radius=None, planet_mass=None):
        return torch.full((len(parameters), 3), torch.nan)


class Forbidden(ForwardModel):
    """One that must not be asked."""

    identity = "forbidden"

    def __call__(self, parameters, star_radius=None, planet_mass=None):
        raise HarnessError("the forward model was asked although every planet was finished.")


def planets(n: int = 3) -> Observations:
    generator = np.random.default_rng(5)
    spectrum = torch.from_numpy(np.stack([generator.uniform(-0.3, 0.3, 3) for _ in range(n)]))
    facts = torch.tensor([[SUN_RADIUS, JUPITER_MASS]], dtype=torch.float64).expand(n, 2)
    names = np.array([f"planet{i}" for i in range(n)])
    return Observations(names, spectrum, torch.from_numpy(NOISE).expand(n, 3), facts)


def exact_posterior(planet: Observations) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of a normal posterior far from its bounds."""
    design = np.array([[1, 0], [0, 1], [1, 1]]) / NOISE[:, None]
    covariance = np.linalg.inv(design.T @ design)
    return covariance @ design.T @ (planet.spectrum[0].numpy() / NOISE), np.sqrt(np.diag(covariance))


@pytest.fixture(scope="module")
def quick() -> list[NestedTrace]:
    """Three planets' posteriors, one after the other in this process."""
    return reference_posteriors(planets(3), SCHEMA, EXACT, 1, QUICK, workers=1)


@pytest.mark.parametrize("forward", [EXACT, APPROXIMATE])
def test_a_linear_problem_has_its_known_posterior(forward):
    planet = planets(1)
    found = reference_posterior(planet, SCHEMA, forward, 3, NestedOptions(live=100, effective=2000))
    mean, deviation = exact_posterior(planet)
    off = found.weights @ found.values - mean
    assert (np.abs(off) < 0.1 * deviation).all()
    spread = np.sqrt(found.weights @ (found.values - mean) ** 2)
    np.testing.assert_allclose(spread, deviation, rtol=0.1)
    evidence = _evidence_on_a_grid(planet)
    assert found.log_evidence == pytest.approx(evidence, abs=0.1)


def test_without_its_exploration_the_posterior_is_the_same_and_other_points_weigh():
    planet = planets(1)
    options = NestedOptions(live=100, effective=1000)
    anew = options.model_copy(update={"discard_exploration": True})
    with_all, without = (reference_posterior(planet, SCHEMA, EXACT, 3, one) for one in (options, anew))
    mean, deviation = exact_posterior(planet)
    assert (np.abs(without.weights @ without.values - mean) < 0.15 * deviation).all()
    assert without.log_evidence == pytest.approx(_evidence_on_a_grid(planet), abs=0.1)
    assert not np.isin(with_all.values[:, 0][:200], without.values[:, 0]).any()


def _evidence_on_a_grid(planet: Observations) -> float:
    x, y = np.meshgrid(np.linspace(-1, 1, 801), np.linspace(-2, 2, 1601), indexing="ij")
    model = np.stack([x, y, x + y], axis=-1)
    density = np.exp(-0.5 * (((planet.spectrum[0].numpy() - model) / NOISE) ** 2).sum(-1))
    return float(np.log((density / np.prod(np.sqrt(2 * np.pi) * NOISE)).mean()))


def test_a_trace_has_ascending_likelihood_and_weights_that_sum_to_one(quick):
    found = quick[1]
    assert (np.diff(found.log_likelihood) >= 0).all()
    assert found.weights.sum() == pytest.approx(1)
    assert len(found.weights) <= QUICK.rows
    assert (np.abs(found.values) <= [1, 2]).all()


def test_a_model_without_any_planet_is_named():
    with pytest.raises(HarnessError, match=r"no planet planet0 .* star_radius_m and planet_mass_kg"):
        reference_posterior(planets(1), SCHEMA, Unbound(), 0, NestedOptions(live=50, calls=200))


@pytest.mark.parametrize("value", [0.0, -1.0, torch.nan])
def test_a_planet_whose_mass_is_no_positive_number_is_named(value):
    auxiliary = planets().auxiliary.clone()
    auxiliary[1, 1] = value
    with pytest.raises(HarnessError, match=r"planet_mass_kg of planet planet1 is (0|-1|nan); .* above 0"):
        reference_posteriors(replace(planets(), auxiliary=auxiliary), SCHEMA, Unbound(), 0, QUICK)


def test_processes_and_order_change_nothing(quick):
    reversed_ = reference_posteriors(planets(3)[[2, 1]], SCHEMA, EXACT, 1, QUICK, workers=2)[::-1]
    for one, other in zip(quick[1:], reversed_, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.weights, other.weights)


def test_a_failure_in_a_process_is_the_users_sentence():
    with pytest.raises(HarnessError, match="the forward model was asked"):
        reference_posteriors(planets(2), SCHEMA, Forbidden(), 1, QUICK, workers=2)


def test_an_interrupted_set_goes_on_where_it_was_left(quick, tmp_path):
    store = TraceStore(tmp_path / "work", EXACT, SCHEMA, 1, QUICK)
    some, steps = planets(3), []
    first = quick[:2]
    for planet, trace in zip((some[[0]], some[[1]]), first, strict=True):
        store.write(planet, trace)
    (tmp_path / "work" / ".unfinished.safetensors-1").write_bytes(b"killed while it was written")
    everything = reference_posteriors(some, SCHEMA, EXACT, 1, QUICK, store=store, advance=steps.append)
    np.testing.assert_array_equal(first[1].values, everything[1].values)
    assert steps == [1, 1, 1]
    again = reference_posteriors(some, SCHEMA, Forbidden(), 1, QUICK, store=store)
    np.testing.assert_array_equal(again[2].weights, everything[2].weights)
    assert again[2].log_evidence == everything[2].log_evidence


def test_a_damaged_file_is_computed_again(quick, tmp_path):
    store = TraceStore(tmp_path, EXACT, SCHEMA, 1, QUICK)
    planet, before = planets(3)[[0]], quick[0]
    store.write(planet, before)
    store.path(planet).write_bytes(store.path(planet).read_bytes()[:100])
    (after,) = reference_posteriors(planet, SCHEMA, EXACT, 1, QUICK, store=store)
    np.testing.assert_array_equal(before.values, after.values)
    assert store.read(planet) is not None


def test_other_settings_do_not_find_the_trace(tmp_path):
    make = partial(TraceStore, tmp_path, schema=SCHEMA)
    planet = planets(1)
    paths = {
        make(EXACT, seed=1, options=QUICK).path(planet),
        make(EXACT, seed=2, options=QUICK).path(planet),
        make(Forbidden(), seed=1, options=QUICK).path(planet),
        make(EXACT, seed=1, options=NestedOptions(live=70)).path(planet),
        make(EXACT, seed=1, options=QUICK.model_copy(update={"discard_exploration": True})).path(planet),
    }
    assert len(paths) == 5


def test_a_work_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(HarnessError, match="work folder"):
        TraceStore(tmp_path / "taken", EXACT, SCHEMA, 1, QUICK)


def test_traces_keep_their_planets(quick):
    found = quick[0]
    traces = as_traces([None, found], 2)
    assert traces.present.tolist() == [False, True]
    values, weights = traces.trace(1)
    np.testing.assert_array_equal(values.numpy(), found.values)
    assert float(weights.sum()) == pytest.approx(1)


def test_loose_bounds_find_two_modes_and_their_evidence():
    width = 0.05
    centres = np.array([[-0.5, -0.5], [0.5, 1.0]])

    def two(values: np.ndarray) -> np.ndarray:
        squared = ((values[:, None] - centres) ** 2).sum(-1)
        return np.logaddexp(*(-0.5 * squared.T / width**2))

    options = NestedOptions(live=100, effective=1500, batch=500, loose=True)
    found = sample_posterior(two, UniformPrior(SCHEMA.bounds), 2, options)
    first = np.linalg.norm(found.values - centres[0], axis=1) < 5 * width
    assert found.weights[first].sum() == pytest.approx(0.5, abs=0.06)
    assert found.log_evidence == pytest.approx(np.log(2 * 2 * np.pi * width**2 / 8), abs=0.1)
    assert found.effective_size > 1000


def test_loose_bounds_that_do_not_come_to_an_end_are_given_up_for_tight_ones(monkeypatch):
    asked = []

    def run(log_likelihood, prior, seed, options):
        asked.append((options.loose, options.calls))
        values = np.zeros((1, 2))
        calls = options.calls if len(asked) == 1 else 700
        return NestedTrace(values, np.ones(1), np.zeros(1), 0.0, calls)

    monkeypatch.setattr(nested_sampling, "_run", run)
    options = NestedOptions(live=100, calls=60_000, loose=True)
    found = sample_posterior(lambda values: values[:, 0], UniformPrior(SCHEMA.bounds), 2, options)
    assert asked == [(True, 40_000), (False, 20_000)]
    assert found.calls == 40_700
