"""Reference posteriors of many planets: in parallel, and taken up where they were left."""

from functools import partial

import numpy as np
import pytest
import torch

from harness.errors import HarnessError
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.reference_posterior import RetrievalModel, RetrievalTarget, reference_posterior
from harness.retrieval.reference_store import TraceStore
from harness.retrieval.reference_traces import as_traces, reference_posteriors

BOUNDS = [(-1.0, 1.0), (-2.0, 2.0)]
QUICK = NestedOptions(live=50, effective=10, rows=400, calls=300)
NOISE = np.array([0.1, 0.1, 0.2])


def identity(parameters: torch.Tensor, star: torch.Tensor, mass: torch.Tensor) -> torch.Tensor:
    """Both parameters and their sum; the star and the mass do not matter."""
    return torch.cat([parameters, parameters.sum(dim=1, keepdim=True)], dim=1)


def shifted(parameters: torch.Tensor, star: torch.Tensor, mass: torch.Tensor) -> torch.Tensor:
    """A model that is a little off."""
    return identity(parameters, star, mass) + 0.02


def unbound(parameters: torch.Tensor, star: torch.Tensor, mass: torch.Tensor) -> torch.Tensor:
    """No planet anywhere."""
    return torch.full((len(parameters), 3), torch.nan)


def exact_model() -> RetrievalModel:
    return RetrievalModel(identity)


def approximate_model() -> RetrievalModel:
    return RetrievalModel(shifted, identity)


def forbidden_model() -> RetrievalModel:
    raise HarnessError("the forward model was made although every planet was finished.")


def targets(n: int = 3) -> list[RetrievalTarget]:
    generator = np.random.default_rng(5)
    return [RetrievalTarget(f"planet{i}", generator.uniform(-0.3, 0.3, 3), NOISE, 1.0, 1.0) for i in range(n)]


def exact_posterior(target: RetrievalTarget) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of a normal posterior far from its bounds."""
    design = np.array([[1, 0], [0, 1], [1, 1]]) / NOISE[:, None]
    covariance = np.linalg.inv(design.T @ design)
    return covariance @ design.T @ (target.spectrum / NOISE), np.sqrt(np.diag(covariance))


@pytest.mark.parametrize("make_model", [exact_model, approximate_model])
def test_a_linear_problem_has_its_known_posterior(make_model):
    target = targets()[0]
    found = reference_posterior(target, make_model(), BOUNDS, 3, NestedOptions(live=200, effective=3000))
    mean, deviation = exact_posterior(target)
    off = found.weights @ found.values - mean
    assert (np.abs(off) < 0.1 * deviation).all()
    spread = np.sqrt(found.weights @ (found.values - mean) ** 2)
    np.testing.assert_allclose(spread, deviation, rtol=0.1)
    evidence = _evidence_on_a_grid(target)
    assert found.log_evidence == pytest.approx(evidence, abs=0.1)


def _evidence_on_a_grid(target: RetrievalTarget) -> float:
    x, y = np.meshgrid(np.linspace(-1, 1, 801), np.linspace(-2, 2, 1601), indexing="ij")
    model = np.stack([x, y, x + y], axis=-1)
    density = np.exp(-0.5 * (((target.spectrum - model) / NOISE) ** 2).sum(-1))
    return float(np.log((density / np.prod(np.sqrt(2 * np.pi) * NOISE)).mean()))


def test_a_trace_has_ascending_likelihood_and_weights_that_sum_to_one():
    found = reference_posterior(targets()[1], exact_model(), BOUNDS, 0, QUICK)
    assert (np.diff(found.log_likelihood) >= 0).all()
    assert found.weights.sum() == pytest.approx(1)
    assert len(found.weights) <= QUICK.rows
    assert (np.abs(found.values) <= [1, 2]).all()


def test_a_model_without_any_planet_is_named():
    with pytest.raises(HarnessError, match=r"no planet planet0 of 1 M_Jup"):
        reference_posterior(
            targets()[0], RetrievalModel(unbound), BOUNDS, 0, NestedOptions(live=50, calls=200)
        )


def test_processes_and_order_change_nothing():
    planets = targets(3)
    alone = reference_posteriors(planets, exact_model, BOUNDS, 1, QUICK, workers=1)
    reversed_ = reference_posteriors(planets[::-1], exact_model, BOUNDS, 1, QUICK, workers=2)[::-1]
    for one, other in zip(alone, reversed_, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.weights, other.weights)


def test_a_failure_in_a_process_is_the_users_sentence():
    with pytest.raises(HarnessError, match="the forward model was made"):
        reference_posteriors(targets(2), forbidden_model, BOUNDS, 1, QUICK, workers=2)


def test_an_interrupted_set_goes_on_where_it_was_left(tmp_path):
    store = TraceStore(tmp_path / "work", "identity", BOUNDS, 1, QUICK)
    planets, steps = targets(3), []
    first = reference_posteriors(planets[:2], exact_model, BOUNDS, 1, QUICK, store=store)
    (tmp_path / "work" / ".unfinished.safetensors-1").write_bytes(b"killed while it was written")
    everything = reference_posteriors(
        planets, exact_model, BOUNDS, 1, QUICK, store=store, advance=steps.append
    )
    np.testing.assert_array_equal(first[1].values, everything[1].values)
    assert steps == [1, 1, 1]
    again = reference_posteriors(planets, forbidden_model, BOUNDS, 1, QUICK, store=store)
    np.testing.assert_array_equal(again[2].weights, everything[2].weights)
    assert again[2].log_evidence == everything[2].log_evidence


def test_a_damaged_file_is_computed_again(tmp_path):
    store = TraceStore(tmp_path, "identity", BOUNDS, 1, QUICK)
    (planet,) = targets(1)
    (before,) = reference_posteriors([planet], exact_model, BOUNDS, 1, QUICK, store=store)
    store.path(planet).write_bytes(store.path(planet).read_bytes()[:100])
    (after,) = reference_posteriors([planet], exact_model, BOUNDS, 1, QUICK, store=store)
    np.testing.assert_array_equal(before.values, after.values)
    assert store.read(planet) is not None


def test_other_settings_do_not_find_the_trace(tmp_path):
    make = partial(TraceStore, tmp_path, bounds=BOUNDS)
    (planet,) = targets(1)
    paths = {
        make("identity", seed=1, options=QUICK).path(planet),
        make("identity", seed=2, options=QUICK).path(planet),
        make("other", seed=1, options=QUICK).path(planet),
        make("identity", seed=1, options=NestedOptions(live=70)).path(planet),
    }
    assert len(paths) == 4


def test_a_work_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(HarnessError, match="work folder"):
        TraceStore(tmp_path / "taken", "identity", BOUNDS, 1, QUICK)


def test_traces_keep_their_planets():
    found = reference_posterior(targets()[0], exact_model(), BOUNDS, 0, QUICK)
    traces = as_traces([None, found], 2)
    assert traces.present.tolist() == [False, True]
    values, weights = traces.trace(1)
    np.testing.assert_array_equal(values.numpy(), found.values)
    assert float(weights.sum()) == pytest.approx(1)
