"""What every preprocessor and every embedder must satisfy."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn

from harness.components import Embedder, FeatureLayout, Preprocessor
from harness.contract.subject import Subject, require, tiny_challenge
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize


def _features(module: nn.Module, rows: slice = slice(None)) -> Tensor:
    seen = tiny_challenge().test.observations[rows]
    with torch.no_grad():
        features: Tensor = module(seen.spectrum, seen.noise, seen.auxiliary)
    return features


def _preprocessor(subject: Subject) -> tuple[Preprocessor, nn.Module]:
    preprocessor: Preprocessor = subject.build()
    return preprocessor, preprocessor.fit(tiny_challenge().train, tiny_challenge().schema)


def check_features_are_finite(subject: Subject) -> None:
    """a batch of planets becomes finite features (B, F)"""
    features = _features(_preprocessor(subject)[1])
    require(features.ndim == 2 and len(features) == len(tiny_challenge().test), "features must be (B, F)")
    require(bool(torch.isfinite(features).all()), "some features are not finite")


def check_a_planet_does_not_depend_on_its_batch(subject: Subject) -> None:
    """a planet has the same features alone as in a batch"""
    module = _preprocessor(subject)[1]
    together, alone = _features(module)[:1], _features(module, slice(0, 1))
    require(torch.allclose(together, alone, rtol=1e-5, atol=1e-6), "features depend on the rest of the batch")


def check_preprocessor_is_restored_from_its_state(subject: Subject) -> None:
    """its state, loaded into a fresh architecture, gives the same features"""
    preprocessor, module = _preprocessor(subject)
    restored = preprocessor.architecture(tiny_challenge().schema)
    restored.load_state_dict(module.state_dict())
    require(torch.equal(_features(module), _features(restored)), "the restored module gives other features")


def check_parameter_transform_is_invertible(subject: Subject) -> None:
    """its parameter transform is invertible and maps every real number inside the bounds"""
    schema = tiny_challenge().schema
    transform = _preprocessor(subject)[0].parameter_transform(schema)
    parameters = tiny_challenge().test.parameters
    back = transform.inv(transform(parameters))
    lower, upper = torch.tensor(schema.bounds, dtype=torch.float64).T
    require(bool(((back - parameters).abs() <= 1e-9 * (upper - lower)).all()), "inverse(forward(x)) is not x")
    far = transform.inv(torch.full_like(parameters, 50.0))
    near = transform.inv(torch.full_like(parameters, -50.0))
    inside = (far <= upper) & (far >= lower) & (near <= upper) & (near >= lower)
    require(bool(inside.all()), "the inverse leaves the prior bounds")


def check_log_determinant_is_that_of_the_transform(subject: Subject) -> None:
    """the log-determinant of its parameter transform is the one that automatic differentiation finds"""
    transform = _preprocessor(subject)[0].parameter_transform(tiny_challenge().schema)
    for parameters in tiny_challenge().test.parameters[:3]:
        jacobian = torch.func.jacrev(transform)(parameters)
        expected = torch.linalg.slogdet(jacobian).logabsdet
        given = transform.log_abs_det_jacobian(parameters, transform(parameters))  # type: ignore[no-untyped-call]
        require(
            torch.allclose(given, expected, rtol=1e-6),
            f"log-determinant is {given:g}, should be {expected:g}",
        )


@cache
def _planets() -> tuple[Tensor, FeatureLayout]:
    """Features (N, F) of the tiny challenge, of every sort that there is, and their layout."""
    preprocessor = Standardize.create({"include_noise": True})
    challenge = tiny_challenge()
    seen = challenge.train.observations
    features = preprocessor.fit(challenge.train, challenge.schema)(seen.spectrum, seen.noise, seen.auxiliary)
    return features.float(), preprocessor.layout(challenge.schema)


def _embedder(subject: Subject, seed: int = 0) -> tuple[Embedder, nn.Module, Tensor]:
    embedder: Embedder = subject.build()
    features, layout = _planets()
    embedder.use_layout(layout)
    torch.manual_seed(seed)
    return embedder, embedder.build(features).eval(), features


def check_context_has_the_length_it_says(subject: Subject) -> None:
    """features (B, F) become a finite context (B, n_context)"""
    _, module, features = _embedder(subject)
    with torch.no_grad():
        context = module(features[:8])
    require(hasattr(module, "n_context"), "the module needs the integer attribute n_context")
    require(tuple(context.shape) == (8, int(module.n_context)), f"context has shape {tuple(context.shape)}")  # type: ignore[arg-type]
    require(bool(torch.isfinite(context).all()), "the context is not finite")


def check_a_planet_has_the_same_context_in_any_batch(subject: Subject) -> None:
    """a planet has the same context alone as in a batch, and none of no planets"""
    _, module, features = _embedder(subject)
    with torch.no_grad():
        together, alone, none = module(features[:8])[:1], module(features[:1]), module(features[:0])
    require(
        torch.allclose(together, alone, rtol=1e-4, atol=1e-5), "the context depends on the rest of the batch"
    )
    require(len(none) == 0, "a batch of no planets has a context")


def check_embedder_is_restored_from_its_state(subject: Subject) -> None:
    """its state, loaded into a fresh architecture, gives the same context"""
    embedder, module, features = _embedder(subject)
    torch.manual_seed(1)
    restored = embedder.architecture(features.shape[-1])
    restored.load_state_dict(module.state_dict())
    restored.eval()
    with torch.no_grad():
        require(torch.equal(module(features[:8]), restored(features[:8])), "the restored module differs")


def check_the_same_seed_builds_the_same_embedder(subject: Subject) -> None:
    """built twice after the same seed of torch, it gives the same context"""
    (_, first, features), (_, second, _) = _embedder(subject), _embedder(subject)
    with torch.no_grad():
        same = torch.equal(first(features[:8]), second(features[:8]))
    require(same, "it differs when built anew; draw its first values from torch's own generator")


def check_what_is_trained_is_trainable(subject: Subject) -> None:
    """it says whether it must be trained, and then gradients reach each of its parameters"""
    embedder, module, features = _embedder(subject)
    parameters = {name: one for name, one in module.named_parameters() if one.requires_grad}
    if not embedder.trainable:
        require(not parameters, "it has parameters to train: set trainable = True, or fix them")
        return
    require(bool(parameters), "it says trainable = True, but has no parameters to train")
    module.train()(features[:64]).square().sum().backward()
    for name, parameter in parameters.items():
        gradient = parameter.grad
        reached = gradient is not None and bool(torch.isfinite(gradient).all() and (gradient != 0).any())
        require(reached, f"no finite gradient reaches its parameter {name}")


def check_features_of_unknown_layout_are_no_crash(subject: Subject) -> None:
    """features that are not told apart by channel are embedded, or refused in one sentence"""
    features, _ = _planets()
    embedder: Embedder = subject.build()
    try:
        module = embedder.build(features).eval()
    except HarnessError:
        return
    with torch.no_grad():
        require(len(module(features[:8])) == 8, "it does not embed features of unknown layout")


CHECKS = {
    "preprocessor": (
        check_features_are_finite,
        check_a_planet_does_not_depend_on_its_batch,
        check_preprocessor_is_restored_from_its_state,
        check_parameter_transform_is_invertible,
        check_log_determinant_is_that_of_the_transform,
    ),
    "embedder": (
        check_context_has_the_length_it_says,
        check_a_planet_has_the_same_context_in_any_batch,
        check_embedder_is_restored_from_its_state,
        check_the_same_seed_builds_the_same_embedder,
        check_what_is_trained_is_trainable,
        check_features_of_unknown_layout_are_no_crash,
    ),
}
