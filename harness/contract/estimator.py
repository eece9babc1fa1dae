"""What every estimator must satisfy."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import torch

from harness.contract.subject import SAMPLES, Subject, require, tiny_challenge
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.errors import HarnessError


def check_posterior_has_the_right_shape(subject: Subject) -> None:
    """it fits a tiny challenge and gives as many samples as asked for"""
    challenge = tiny_challenge()
    for n, posterior in ((SAMPLES, subject.posterior), (1700, subject.sample(subject.fitted, 1700))):
        expected = (len(challenge.test), n, len(challenge.schema.parameters))
        require(
            tuple(posterior.samples.shape) == expected,
            f"samples have shape {tuple(posterior.samples.shape)}, expected {expected}",
        )
        require(tuple(posterior.weights.shape) == expected[:2], "weights must have shape (planets, samples)")


def check_posterior_is_finite(subject: Subject) -> None:
    """samples are finite; weights are not negative and sum to 1"""
    posterior = subject.posterior
    require(bool(torch.isfinite(posterior.samples).all()), "some samples are not finite")
    weights = posterior.weights.double()
    require(
        bool(torch.isfinite(weights).all() and (weights >= 0).all()),
        "some weights are negative or not finite",
    )
    require(bool((weights.sum(-1) - 1).abs().max() < 1e-6), "the weights of a planet do not sum to 1")


def check_samples_lie_inside_the_prior(subject: Subject) -> None:
    """samples lie inside the prior bounds"""
    posterior = subject.posterior
    for index, parameter in enumerate(tiny_challenge().schema.parameters):
        values = posterior.samples[..., index].double()
        low, high = float(values.min()), float(values.max())
        slack = 1e-6 * (parameter.upper - parameter.lower)  # float32 rounds the bounds themselves
        require(
            low >= parameter.lower - slack and high <= parameter.upper + slack,
            f"{parameter.name} is sampled from {low:g} to {high:g}, "
            f"outside {parameter.lower:g} to {parameter.upper:g}",
        )


def check_saved_estimator_gives_the_same_samples(subject: Subject) -> None:
    """saved and loaded, it gives the same samples"""
    before = subject.posterior
    with tempfile.TemporaryDirectory() as folder, subject.run() as run:
        subject.fitted.save(Path(folder) / "estimator")
        loaded = subject.estimator()
        loaded.load(Path(folder) / "estimator", run)
    # a loaded tensor may lie otherwise in memory, and a matrix product then rounds its last digit otherwise
    after = subject.sample(loaded)
    lower, upper = torch.tensor(tiny_challenge().schema.bounds, dtype=torch.float64).T
    off = float(((before.samples.double() - after.samples.double()).abs() / (upper - lower)).max())
    off = max(off, float((before.weights.double() - after.weights.double()).abs().max()))
    require(off < 1e-6, f"loaded, it gives other samples, by up to {off:.1g} of the prior's width")


def check_saved_files_are_data(subject: Subject) -> None:
    """what it saves is data, never a pickle"""
    with tempfile.TemporaryDirectory() as folder:
        subject.fitted.save(Path(folder))
        for path in Path(folder).rglob("*"):
            if path.is_file():
                require(not _is_pickle(path), f"{path.name} holds a pickle; save tensors with safetensors")


def _is_pickle(path: Path) -> bool:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".pkl") for name in archive.namelist())
    head = path.read_bytes()[:2]
    return head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")


def check_same_seed_gives_the_same_result(subject: Subject) -> None:
    """fitted and sampled twice with one seed, it gives the same result"""
    _require_equal(subject.posterior, subject.sample(subject.fit()), "in a second fit")


def check_sampling_twice_gives_the_same_samples(subject: Subject) -> None:
    """sampled twice with one seed, it gives the same samples"""
    _require_equal(subject.posterior, subject.sample(subject.fitted), "when sampled again")


def _require_equal(first: Posterior, second: Posterior, when: str) -> None:
    same = torch.equal(first.samples, second.samples) and torch.equal(first.weights, second.weights)
    require(same, f"the samples differ {when}, with the same seed; draw from run.generator(...)")


def check_inputs_are_left_alone(subject: Subject) -> None:
    """fitting and sampling change nothing that they are given"""
    subject.sample(subject.fitted)
    # whatever is tested next has one that is whole
    changed = tiny_challenge().changed_in_place()
    require(not changed, "the challenge's tensors were changed in place")


def check_wrong_observations_are_refused(subject: Subject) -> None:
    """observations with missing channels or numbers that are none are refused in one sentence"""
    test = tiny_challenge().test.observations
    spectrum = test.spectrum.clone()
    spectrum[0, 0] = torch.nan
    wrong: dict[str, Observations] = {
        "too few channels": replace(test, spectrum=test.spectrum[:, 1:], noise=test.noise[:, 1:]),
        "a NaN in the spectrum": replace(test, spectrum=spectrum),
        "a negative noise": replace(test, noise=-test.noise),
    }
    for what, observations in wrong.items():
        refused = False
        try:
            with subject.run() as run:
                subject.fitted.sample(observations, SAMPLES, run)
        except HarnessError:
            refused = True
        require(refused, f"it sampled observations with {what}; begin sample() with self.check(observations)")


def check_missing_validation_planets_are_no_crash(subject: Subject) -> None:
    """without validation planets it fits, or refuses in one sentence"""
    challenge, estimator = tiny_challenge(), subject.estimator()
    with subject.run() as run:
        try:
            estimator.fit(challenge.train, challenge.valid[:0], run)
        except HarnessError:
            return
    subject.sample(estimator)


CHECKS = {
    "estimator": (
        check_posterior_has_the_right_shape,
        check_posterior_is_finite,
        check_samples_lie_inside_the_prior,
        check_saved_estimator_gives_the_same_samples,
        check_saved_files_are_data,
        check_same_seed_gives_the_same_result,
        check_sampling_twice_gives_the_same_samples,
        check_wrong_observations_are_refused,
        check_missing_validation_planets_are_no_crash,
        check_inputs_are_left_alone,  # of all the above
    )
}
