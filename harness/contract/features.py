"""What every preprocessor and every embedder must satisfy."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harness.components import Embedder, Preprocessor
from harness.contract.subject import Subject, require, tiny_challenge


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


def _embedder(subject: Subject) -> tuple[Embedder, nn.Module, Tensor]:
    embedder: Embedder = subject.build()
    seen = tiny_challenge().train.observations
    features = ((seen.spectrum - seen.spectrum.mean(0)) / seen.spectrum.std(0)).float()
    torch.manual_seed(0)
    return embedder, embedder.build(features).eval(), features


def check_context_has_the_length_it_says(subject: Subject) -> None:
    """features (B, F) become a finite context (B, n_context)"""
    _, module, features = _embedder(subject)
    with torch.no_grad():
        context = module(features[:8])
    require(hasattr(module, "n_context"), "the module needs the integer attribute n_context")
    require(tuple(context.shape) == (8, int(module.n_context)), f"context has shape {tuple(context.shape)}")  # type: ignore[arg-type]
    require(bool(torch.isfinite(context).all()), "the context is not finite")


def check_embedder_is_restored_from_its_state(subject: Subject) -> None:
    """its state, loaded into a fresh architecture, gives the same context"""
    embedder, module, features = _embedder(subject)
    restored = embedder.architecture(features.shape[-1])
    restored.load_state_dict(module.state_dict())
    restored.eval()
    with torch.no_grad():
        require(torch.equal(module(features[:8]), restored(features[:8])), "the restored module differs")


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
        check_embedder_is_restored_from_its_state,
    ),
}
