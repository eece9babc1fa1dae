"""The traditional retrieval as an estimator."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.challenges import load
from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.data.split import Split
from harness.errors import HarnessError, PluginWarning
from harness.estimators.nested_sampling import NestedSampling
from harness.metrics import ks_distance

pytestmark = pytest.mark.filterwarnings("ignore:.*retrievals were stopped at the limit")

CHALLENGE = Toy.create({"train": 300, "valid": 10, "test": 1, "rows": 3000}, name="toy")
PLANETS = CHALLENGE.test.observations


def fitted(**options) -> NestedSampling:
    chosen = {"forward": "linear", "workers": 1, **options}
    estimator = NestedSampling.create(chosen, name="nested-sampling", schema=CHALLENGE.schema)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
    return estimator


def test_it_finds_the_exact_posterior_of_the_toy_challenge():
    posterior = fitted(spectrum="observed", live=60, effective=1000).sample(PLANETS, 3000, Run())
    traces = CHALLENGE.test.truth.traces
    for planet in range(len(PLANETS)):
        values, weights = traces.trace(planet)
        samples, own = posterior.planet(planet)
        assert float(ks_distance(samples.double(), values, own, weights).mean()) < 0.06
    evidence = posterior.evidence
    assert torch.isfinite(evidence.log_evidence).all()
    assert 500 < float(evidence.effective_size) < 3000
    assert float(evidence.error) == pytest.approx(float(evidence.effective_size) ** -0.5)


def test_an_emulator_that_is_none_is_refused_before_anything_is_retrieved(tmp_path):
    with pytest.raises(HarnessError, match=r"There is no emulator .*harness emulator train"):
        fitted(emulator=str(tmp_path / "none"))
    (tmp_path / "text").write_text("no emulator")
    with pytest.raises(HarnessError, match="no emulator that an installed plugin can open"):
        fitted(emulator=str(tmp_path / "text"))


def test_drawn_noise_moves_the_posterior():
    quick = {"live": 50, "effective": 10, "calls": 200}
    observed = fitted(spectrum="observed", **quick).sample(PLANETS, 1000, Run())
    drawn = fitted(spectrum="drawn", **quick).sample(PLANETS, 1000, Run())
    assert not torch.equal(observed.samples, drawn.samples)


def test_a_retrieval_that_is_stopped_early_is_told():
    with pytest.warns(
        match=r"run: 1 of 1 retrievals were stopped at the limit of 200 likelihoods.*\(test\w+\)"
    ):
        fitted(live=50, effective=10, calls=200).sample(PLANETS, 1000, Run())


def test_an_interrupted_run_does_not_retrieve_a_planet_twice(tmp_path, monkeypatch):
    run = Run(checkpoint=tmp_path)
    estimator = fitted(live=50, effective=10, calls=300)
    first = estimator.sample(PLANETS, 1000, run)

    def refuse(*arguments):
        raise AssertionError("retrieved again")

    monkeypatch.setattr("harness.retrieval.reference_traces.reference_posterior", refuse)
    again = estimator.sample(PLANETS, 1000, run)
    assert torch.equal(first.samples, again.samples)


def test_a_challenge_without_star_and_mass_is_refused_for_the_atmosphere(tmp_path):
    estimator = fitted(forward="atmosphere", opacities=str(tmp_path))
    refusal = "transmission model needs star_radius_m and planet_mass_kg, .*--set estimator.forward=linear"
    with pytest.raises(HarnessError, match=refusal):
        estimator.sample(PLANETS, 1000, Run())
    assert fitted(forward="linear").unsuitable() is None


def test_opacities_of_a_model_that_has_none_are_refused():
    with pytest.raises(HarnessError, match="it changes nothing with forward=linear"):
        NestedSampling.parse_options({"forward": "linear", "opacities": "somewhere"})


def test_a_linear_model_needs_parameters():
    from harness.data.truth import Truth

    bare = Split(CHALLENGE.train.observations, Truth(None))
    estimator = NestedSampling.create({"forward": "linear"}, name="nested-sampling", schema=CHALLENGE.schema)
    with pytest.raises(HarnessError, match="no parameters"):
        estimator.fit(bare, bare[:0], Run())


def test_samples_keep_to_the_bounds():
    posterior = fitted(live=50, effective=10, calls=300).sample(PLANETS, 1200, Run())
    lower, upper = np.asarray(CHALLENGE.schema.bounds).T
    samples = posterior.samples.double().numpy()
    assert (samples >= lower).all()
    assert (samples <= upper).all()


@pytest.mark.parametrize("radius", [1.0, 1.02])
def test_it_warns_where_its_forward_model_does_not_make_the_training_spectra(radius):
    challenge = load("ariel-mini")
    train = challenge.train[:40]
    shown = replace(train.observations, spectrum=radius**2 * train.observations.spectrum)
    estimator = NestedSampling.create({}, name="nested-sampling", schema=challenge.schema)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        estimator.fit(Split(shown, train.truth), challenge.valid[:0], Run(name="nested-sampling"))
    sentences = [str(one.message) for one in told if issubclass(one.category, PluginWarning)]
    assert len(sentences) == (radius != 1)
    if sentences:
        assert "nested-sampling: its forward model misses the spectra of the training planets" in sentences[0]
        assert "--set estimator.opacities=DIR" in sentences[0]
