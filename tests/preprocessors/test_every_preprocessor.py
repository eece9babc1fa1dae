"""What the preprocessors that learn more than a scale have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import Tensor, nn

from harness.challenges import Observations, Split
from harness.components import Preprocessor
from harness.data.schema import Schema
from harness.runs.assembly import Choice

Challenges = dict[str, tuple[Split, Schema]]

preprocessors = pytest.mark.parametrize(
    "name", ["yeo-johnson", "planet-standardize", "ariel-features", "scale-heights"]
)
kinds = pytest.mark.parametrize("kind", ["ariel", "hela", "toy"])


Fitted = tuple[Split, Schema, Preprocessor, nn.Module]


def fit(name: str, split: Split, schema: Schema, **options: object) -> tuple[Preprocessor, nn.Module]:
    preprocessor = Choice.of("preprocessor", name, options).build()
    return preprocessor, preprocessor.fit(split, schema)


@pytest.fixture(scope="module")
def fitted(challenges: Challenges) -> Callable[[str, str], Fitted]:
    """The preprocessor of a name fitted on the challenge of a kind, once for all tests."""

    @cache
    def once(name: str, kind: str) -> Fitted:
        split, schema = challenges[kind]
        return split, schema, *fit(name, split, schema)

    return once


def features(module: nn.Module, seen: Observations) -> Tensor:
    result: Tensor = module(seen.spectrum, seen.noise, seen.auxiliary)
    return result


@preprocessors
@kinds
def test_blocks_of_channels_come_first(fitted: Callable[[str, str], Fitted], name: str, kind: str) -> None:
    split, schema, preprocessor, module = fitted(name, kind)
    layout = preprocessor.layout(schema)
    assert layout.blocks == ("spectrum", "noise")
    seen = split.observations[:4]
    before = features(module, seen)
    facts = before.shape[1] - layout.n_channel_features
    assert len(layout.facts) in (0, facts)
    assert facts >= (0 if name == "scale-heights" else len(schema.auxiliary) - 1)
    moved = seen.spectrum.clone()
    moved[:, 7] += 3 * seen.noise[:, 7]
    after = features(module, replace(seen, spectrum=moved))
    change = (after - before).abs()[:, : len(schema.wavelength)]
    assert (change.argmax(dim=1) == 7).all()
    louder = seen.noise.clone()
    louder[:, 7] *= 1.5
    after = features(module, replace(seen, noise=louder))
    change = (after - before).abs()[:, len(schema.wavelength) : layout.n_channel_features]
    if (name, kind) == ("scale-heights", "hela"):  # where noise never varies, nothing can be learned from it
        assert (change == 0).all()
    else:
        assert (change.argmax(dim=1) == 7).all()


@preprocessors
@kinds
def test_a_saved_state_gives_the_same_features(
    fitted: Callable[[str, str], Fitted], name: str, kind: str
) -> None:
    split, schema, preprocessor, module = fitted(name, kind)
    restored = preprocessor.architecture(schema)
    restored.load_state_dict(module.state_dict())
    assert torch.equal(features(restored, split.observations), features(module, split.observations))


@preprocessors
@kinds
def test_features_are_of_unit_order_with_and_without_noise(
    fitted: Callable[[str, str], Fitted], name: str, kind: str
) -> None:
    split, _, _, module = fitted(name, kind)
    seen = split.observations
    drawn = torch.randn(seen.spectrum.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for spectrum in (seen.spectrum, seen.spectrum + seen.noise * drawn):
        found = features(module, replace(seen, spectrum=spectrum))
        assert torch.isfinite(found).all()
        assert found.abs().quantile(0.99) < 5
        assert found.abs().max() < 30


@preprocessors
@kinds
@pytest.mark.parametrize("depth", [0.0, -1e-4, -1.0, 1.0, 1e6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_depth_breaks_features_or_their_gradients(
    fitted: Callable[[str, str], Fitted], name: str, kind: str, depth: float, dtype: torch.dtype
) -> None:
    split, schema, preprocessor, module = fitted(name, kind)
    some = split.observations[:3].to("cpu", dtype)
    spectrum = torch.full_like(some.spectrum, depth).requires_grad_()
    for noise in (some.noise, torch.zeros_like(some.noise)):
        for auxiliary in (some.auxiliary, torch.zeros_like(some.auxiliary)):
            found = module(spectrum, noise, auxiliary)
            assert torch.isfinite(found).all()
            (gradient,) = torch.autograd.grad(found.sum(), spectrum)
            assert torch.isfinite(gradient).all()
            parameters = split.parameters[:3].to(dtype)
            transform = preprocessor.planet_transform(schema, spectrum.detach(), noise, auxiliary)
            y = transform(parameters)
            assert torch.isfinite(y).all()
            assert torch.isfinite(transform.log_abs_det_jacobian(parameters, y)).all()


@preprocessors
def test_gradients_are_those_of_finite_differences(fitted: Callable[[str, str], Fitted], name: str) -> None:
    split, _, _, module = fitted(name, "ariel")
    seen = split.observations[:2]
    scale = seen.noise[:, :1]

    def shifted(step: Tensor) -> Tensor:
        result: Tensor = module(seen.spectrum + scale * step, seen.noise, seen.auxiliary)
        return result

    assert torch.autograd.gradcheck(shifted, torch.zeros_like(seen.spectrum).requires_grad_())


@preprocessors
@pytest.mark.parametrize("value", [0.0, 8e-3, -1.0])
def test_a_constant_channel_does_no_harm(challenges: Challenges, name: str, value: float) -> None:
    split, schema = challenges["ariel"]
    spectrum = split.observations.spectrum.clone()
    spectrum[:, 3] = value
    constant = replace(split, observations=replace(split.observations, spectrum=spectrum))
    _, module = fit(name, constant, schema)
    found = features(module, constant.observations)
    assert torch.isfinite(found).all()
    assert found.abs().max() < 100


@preprocessors
def test_one_training_planet_gives_finite_features(challenges: Challenges, name: str) -> None:
    split, schema = challenges["ariel"]
    _, module = fit(name, split[:1], schema)
    assert torch.isfinite(features(module, split.observations[:1])).all()


@pytest.mark.parametrize("name", ["yeo-johnson", "planet-standardize", "ariel-features"])
def test_surface_gravity_is_seen_only_if_asked_for(fitted: Callable[[str, str], Fitted], name: str) -> None:
    split, schema, _, without = fitted(name, "ariel")
    auxiliary = split.observations.auxiliary.clone()
    auxiliary[:, schema.auxiliary_names.index("planet_surface_gravity")] *= 3
    heavier = replace(split.observations, auxiliary=auxiliary)
    assert torch.equal(features(without, heavier), features(without, split.observations))
    _, with_gravity = fit(name, split, schema, surface_gravity=True)
    assert not torch.allclose(features(with_gravity, heavier), features(with_gravity, split.observations))
