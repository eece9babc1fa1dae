"""What every challenge must satisfy."""

from __future__ import annotations

import torch

from harness.components import ForwardModel
from harness.contract.subject import Subject, require
from harness.data.host_facts import host_facts
from harness.registry.plugins import registry


def check_splits_are_there(subject: Subject) -> None:
    """it has training, validation and test planets, of which no planet is in two"""
    splits = subject.challenge.splits
    for name in ("train", "valid", "test"):
        require(name in splits, f"the split '{name}' is missing")
    require(len(splits["train"]) > 0 and len(splits["test"]) > 0, "train and test must not be empty")
    ids = [planet for split in splits.values() for planet in split.observations.names.tolist()]
    require(len(set(ids)) == len(ids), "a planet id stands twice")


def check_observations_are_usable(subject: Subject) -> None:
    """spectra are finite, on the schema's channels, and their noise is positive"""
    challenge = subject.challenge
    for name, split in challenge.splits.items():
        seen = split.observations
        require(
            seen.spectrum.shape[1] == len(challenge.schema.wavelength),
            f"{name}: channels differ from the schema",
        )
        require(
            seen.auxiliary.shape[1] == len(challenge.schema.auxiliary),
            f"{name}: columns differ from the schema",
        )
        require(bool(torch.isfinite(seen.spectrum).all()), f"{name}: a spectrum is not finite")
        require(
            bool((seen.noise > 0).all() and torch.isfinite(seen.noise).all()),
            f"{name}: noise must be positive",
        )


def check_truth_lies_inside_the_prior(subject: Subject) -> None:
    """training parameters are known and lie inside the prior bounds"""
    challenge = subject.challenge
    parameters = challenge.train.parameters
    lower, upper = torch.tensor(challenge.schema.bounds, dtype=parameters.dtype).T
    require(bool(((parameters >= lower) & (parameters <= upper)).all()), "a parameter is outside its bounds")


def check_trace_weights_sum_to_one(subject: Subject) -> None:
    """the weights of every trace sum to 1"""
    for split in subject.challenge.splits.values():
        traces = split.truth.traces
        if traces is None:
            continue
        for planet in torch.nonzero(traces.present).flatten().tolist():
            require(
                abs(float(traces.trace(planet)[1].sum()) - 1) < 1e-5, "the weights of a trace do not sum to 1"
            )


def check_fingerprint_is_stable(subject: Subject) -> None:
    """opened twice, it has the same fingerprint"""
    require(subject.open().fingerprint == subject.challenge.fingerprint, "the fingerprint varies")


def check_forward_model_makes_spectra(subject: Subject) -> None:
    """its forward model, if it has one, has an identity and makes spectra on the schema's channels"""
    challenge = subject.challenge
    forward = challenge.forward_model()
    if forward is None:
        return
    require(isinstance(forward, ForwardModel), "its forward model is not a ForwardModel")
    require(bool(forward.identity), "its forward model has no identity")
    missing = sorted(set(forward.needs) - set(challenge.schema.auxiliary_names))
    require(not missing, f"its forward model needs what the schema lacks: {', '.join(missing)}")
    few = challenge.train[:3]
    facts = host_facts(few.observations, challenge.schema, forward.needs)
    for model in (forward, forward.quick()):
        shape = tuple(model(few.parameters.double(), *facts).shape)
        expected = (len(few), len(challenge.schema.wavelength))
        require(shape == expected, f"its forward model makes spectra of shape {shape}, not {expected}")


def check_its_scorers_exist(subject: Subject) -> None:
    """the scorers that it runs by default are installed, and one of them applies"""
    challenge = subject.challenge
    scorers = [registry().get("scorer", name).load().create() for name in challenge.scorers]
    applies = [scorer for scorer in scorers if not scorer.missing(challenge.test.truth)]  # type: ignore[attr-defined]
    require(bool(applies), "none of its scorers applies to its test planets")


CHECKS = {
    "challenge": (
        check_splits_are_there,
        check_observations_are_usable,
        check_truth_lies_inside_the_prior,
        check_trace_weights_sum_to_one,
        check_fingerprint_is_stable,
        check_forward_model_makes_spectra,
        check_its_scorers_exist,
    )
}
