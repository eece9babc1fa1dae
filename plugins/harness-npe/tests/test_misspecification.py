"""What is done about a simulator that is wrong: embeddings aligned, and spectra with errors."""

from dataclasses import replace

import pytest
import torch
from harness_npe.alignment import discrepancy
from harness_npe.estimators.npe import NPE
from harness_npe.spectral_error import ErringPairs, learned_errors, smooth_errors

from harness.challenges.toy import Toy
from harness.components.forward_model import FunctionForwardModel
from harness.components.run import Run
from harness.embedders.resmlp import ResMLP
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize

CHALLENGE = Toy.create({"train": 200, "valid": 60, "test": 3, "rows": 100, "traced": 0.2}, name="toy")
SCHEMA, TRAIN = CHALLENGE.schema, CHALLENGE.train


def slanted(parameters, *facts):
    """The challenge's forward model with another slope: lower depths towards the last channel."""
    spectrum = CHALLENGE.forward_model()(parameters, *facts)
    return spectrum - 3 * TRAIN.observations.noise.mean() * torch.linspace(0, 1, spectrum.shape[1])


def run_with_wrong_model(**surroundings) -> Run:
    right = CHALLENGE.forward_model()
    wrong = FunctionForwardModel(slanted, "slanted", right.needs)
    return Run(name="it", forward_model=lambda: wrong, **surroundings)


def fitted(run: Run, **options) -> NPE:
    small = {"supervision": "simulations", "simulations": 300, "epochs": 3, "steps": 10, "batch": 32}
    small["mixed_precision"] = False  # the same on every processor
    estimator = NPE.create(
        {**small, "transforms": 1, "hidden": (8,), **options},
        name="it",
        schema=SCHEMA,
        preprocessor=Standardize.create(),
        embedder=ResMLP.create({"width": 8, "context": 4, "depth": 1}),
    )
    estimator.fit(TRAIN, CHALLENGE.valid, run)
    return estimator


def test_aligned_embeddings_of_simulations_are_nearer_to_those_of_the_challenge():
    apart = []
    for weight in (0.0, 30.0):
        estimator = fitted(run_with_wrong_model(), alignment=weight)
        wrong = run_with_wrong_model().forward_model()
        made = wrong(TRAIN.parameters.double())
        seen = TRAIN.observations
        features = [
            estimator.trained.featurizer.features(replace(seen, spectrum=spectrum.to(seen.spectrum)))
            for spectrum in (made, seen.spectrum)
        ]
        apart.append(float(discrepancy(estimator.trained.members[0], *features)))
    assert apart[1] < 0.5 * apart[0]


def test_an_aligned_training_that_is_killed_ends_as_an_unbroken_one(tmp_path):
    def kill(run, metrics):
        if metrics["epoch"] == 2:
            raise KeyboardInterrupt

    options = {"alignment": 1.0, "spectral_error": "learned"}
    for name in ("broken", "whole"):
        (tmp_path / name).mkdir()
    with pytest.raises(KeyboardInterrupt):
        fitted(run_with_wrong_model(checkpoint=tmp_path / "broken", report=kill), **options)
    resumed, unbroken = (
        fitted(run_with_wrong_model(checkpoint=tmp_path / name), **options).state()
        for name in ("broken", "whole")
    )
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)


def test_what_cannot_be_done_is_said_in_a_sentence():
    with pytest.raises(HarnessError, match="alignment=1 aligns simulated spectra"):
        fitted(Run(name="it"), alignment=1.0, supervision="traces")
    with pytest.raises(HarnessError, match="it learns from parameters; ask for supervision=simulations or"):
        fitted(Run(name="it"), alignment=1.0, supervision="parameters")
    for size in (-1, "lerned", "nan", True):
        with pytest.raises(HarnessError, match=r"spectral_error.* a size from 0 on, or 'learned'"):
            NPE.create({"spectral_error": size}, name="it", schema=SCHEMA)
    with pytest.raises(HarnessError, match="it learns from parameters; ask for supervision=simulations"):
        fitted(Run(name="it"), spectral_error=1.0, supervision="parameters")


def test_smooth_errors_have_the_size_asked_for_and_are_alike_in_neighbouring_channels():
    errors = smooth_errors(2.0, SCHEMA, Run())
    assert errors.std(dim=0) == pytest.approx(torch.full((errors.shape[1],), 2.0), rel=0.1)
    place = torch.tensor(SCHEMA.wavelength).log()
    nearest, farthest = (int(pick((place - place[0]).abs()[1:])) + 1 for pick in (torch.argmin, torch.argmax))
    correlation = torch.corrcoef(errors.T)[0]
    assert correlation[nearest] > correlation[farthest]


def test_errors_are_learned_from_what_the_model_misses():
    errors = learned_errors(TRAIN, SCHEMA, run_with_wrong_model())
    assert torch.all(errors[:, -1] > 0)  # the spectra lie above the model
    assert errors[:, 0].abs().max() < 1e-3
    exact = Run(forward_model=CHALLENGE.forward_model)
    assert learned_errors(TRAIN, SCHEMA, exact).abs().max() < 1e-3


def test_a_pair_is_drawn_with_an_error_in_units_of_its_noise_or_of_its_contrast():
    noise = torch.full_like(TRAIN.observations.noise, 1e-12)
    ideal = replace(TRAIN.observations, planet_ids=None, noise=noise)
    for of_contrast, unit in ((False, noise), (True, ideal.spectrum.std(dim=1, keepdim=True))):
        errors = torch.full((1, ideal.spectrum.shape[1]), 0.5)
        pairs = ErringPairs(ideal, TRAIN.parameters, errors=errors, of_contrast=of_contrast)
        drawn = pairs[:5].draw(torch.arange(5), 2, torch.Generator().manual_seed(0)).observations
        expected = (ideal.spectrum + 0.5 * unit)[:5].repeat_interleave(2, dim=0)
        assert torch.allclose(drawn.spectrum, expected, atol=1e-10)
