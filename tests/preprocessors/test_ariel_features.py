"""What star, orbit, mass and transit depth say about a planet."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from harness.challenges import Split
from harness.data.schema import Schema
from harness.physics.atmosphere import Layers, isothermal_atmosphere
from harness.physics.constants import ATOMIC_MASS, JUPITER_MASS, JUPITER_RADIUS, SUN_RADIUS
from harness.preprocessors.ariel_features import ArielFeatures
from harness.preprocessors.planet_facts import MEAN_MOLECULAR_WEIGHT, derivable, evaluate, measured
from harness.simulation.planets import equilibrium_temperature, surface_gravity
from harness.transforms.bounded_logit import BoundedLogit
from harness.transforms.planet_logit import PlanetLogit

Challenges = dict[str, tuple[Split, Schema]]


def facts(split: Split, schema: Schema) -> dict[str, np.ndarray]:
    """Every fact in SI units."""
    seen = split.observations
    logs = evaluate(schema, derivable(measured(schema)), seen.spectrum, seen.noise, seen.auxiliary)
    return {name: log.exp().numpy() for name, log in logs.items()}


def column(split: Split, schema: Schema, name: str) -> np.ndarray:
    return split.observations.auxiliary[:, schema.auxiliary_names.index(name)].numpy()


def test_the_equilibrium_temperature_is_the_populations(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    expected = equilibrium_temperature(
        column(split, schema, "star_temperature"),
        column(split, schema, "star_radius_m") / SUN_RADIUS,
        column(split, schema, "planet_distance"),
    )
    np.testing.assert_allclose(facts(split, schema)["equilibrium_temperature"], expected, rtol=1e-9)


def test_the_gravity_radius_is_the_one_that_gravity_was_computed_from(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    expected = split.parameters[:, 0].numpy() * JUPITER_RADIUS
    np.testing.assert_allclose(facts(split, schema)["gravity_radius"], expected, rtol=1e-4)


def test_radius_and_gravity_are_those_of_the_depth(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    found = facts(split, schema)
    depth = (found["depth_radius"] / column(split, schema, "star_radius_m")) ** 2
    spectrum = split.observations.spectrum.numpy()
    assert ((depth > spectrum.min(axis=1)) & (depth < spectrum.max(axis=1))).mean() > 0.99
    mass = column(split, schema, "planet_mass_kg")
    expected = surface_gravity(mass, found["depth_radius"] / JUPITER_RADIUS)
    np.testing.assert_allclose(found["depth_gravity"], expected, rtol=1e-4)


def test_the_scale_height_is_that_of_the_forward_models_lowest_layer(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    found = facts(split, schema)
    layers = Layers()
    atmosphere = isothermal_atmosphere(
        layers,
        torch.from_numpy(found["depth_radius"] / JUPITER_RADIUS),
        torch.from_numpy(found["equilibrium_temperature"]),
        torch.full((400,), MEAN_MOLECULAR_WEIGHT * ATOMIC_MASS, dtype=torch.float64),
        torch.from_numpy(found["star_radius"] / SUN_RADIUS),
        torch.from_numpy(found["planet_mass"] / JUPITER_MASS),
    )
    ring = atmosphere.annuli[:, 0].numpy() / layers.log_step  # 2 R H / R_star^2
    np.testing.assert_allclose(found["scale_height_depth"], ring, rtol=1e-6)
    np.testing.assert_allclose(
        found["relative_scale_height"], found["scale_height"] / found["depth_radius"], rtol=1e-9
    )


def test_signal_to_noise_counts_in_the_noise_of_a_channel(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    found, seen = facts(split, schema), split.observations
    noise = seen.noise.square().mean(dim=1).sqrt().numpy()
    spread = seen.spectrum.std(dim=1, correction=0).numpy()
    np.testing.assert_allclose(found["signal_to_noise"], spread / noise, rtol=1e-2)
    np.testing.assert_allclose(
        found["expected_signal_to_noise"], found["scale_height_depth"] / noise, rtol=1e-9
    )
    np.testing.assert_allclose(
        found["scale_heights_seen"] * found["expected_signal_to_noise"], found["signal_to_noise"], rtol=1e-9
    )


@pytest.mark.parametrize(("kind", "expected"), [("toy", ["signal_to_noise"]), ("hela", ["signal_to_noise"])])
def test_what_the_columns_do_not_allow_is_left_out(
    challenges: Challenges, kind: str, expected: list[str]
) -> None:
    split, schema = challenges[kind]
    module = ArielFeatures.create().fit(split, schema)
    assert [fact.name for fact in module.facts] == expected


def test_a_column_of_another_unit_is_not_taken_for_the_known_one(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    columns = tuple(
        column.model_copy(update={"unit": "R_Sun"}) if column.name == "star_radius_m" else column
        for column in schema.auxiliary
    )
    other = schema.model_copy(update={"auxiliary": columns})
    assert "star_radius" not in measured(other)
    assert ArielFeatures.create().fit(split, other) is not None


def transformed(split: Split, schema: Schema, factor: float, seed: int) -> torch.Tensor:
    """The parameters in the space of each planet, with `factor` times the noise drawn on the spectra."""
    seen = split.observations
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(seen.spectrum.shape, generator=generator, dtype=torch.float64)
    noise = factor * seen.noise
    transform = ArielFeatures.create().planet_transform(
        schema, seen.spectrum + noise * drawn, noise, seen.auxiliary
    )
    assert isinstance(transform, PlanetLogit)
    y: torch.Tensor = transform(split.parameters)
    return y


def test_radius_and_temperature_are_of_unit_order_about_what_is_expected(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    y = transformed(split, schema, 0, 0)
    # these spectra lie 6 scale heights above the radius, as the transform expects
    assert y[:, 0].abs().median() < 0.5
    assert y[:, 0].abs().max() < 3
    assert abs(y[:, 1].mean()) < 0.1
    assert 0.2 < y[:, 1].std() < 1


@pytest.mark.parametrize("factor", [1, 10, 100])
def test_noise_does_not_blow_the_expected_radius_up(challenges: Challenges, factor: float) -> None:
    split, schema = challenges["ariel"]
    radius = transformed(split, schema, factor, seed=2)[:, 0]
    assert torch.isfinite(radius).all()
    assert radius.abs().median() < 2
    assert radius.abs().max() < 15


def test_a_challenge_without_star_radius_has_the_plain_transform(challenges: Challenges) -> None:
    for kind in ("toy", "hela"):
        split, schema = challenges[kind]
        seen = split.observations
        transform = ArielFeatures.create().planet_transform(schema, seen.spectrum, seen.noise, seen.auxiliary)
        assert isinstance(transform, BoundedLogit)


def test_without_mass_the_radius_is_expected_from_the_depth_alone(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    keep = [schema.auxiliary_names.index("star_radius_m")]
    seen = split.observations
    short = schema.model_copy(update={"auxiliary": (schema.auxiliary[keep[0]],)})
    transform = ArielFeatures.create().planet_transform(
        short, seen.spectrum, seen.noise, seen.auxiliary[:, keep]
    )
    y = transform(split.parameters)
    assert y[:, 0].abs().median() < 1.5
    torch.testing.assert_close(y[:, 1:], BoundedLogit(schema.bounds)(split.parameters)[:, 1:])


def test_depths_in_percent_are_the_same_planets(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    percent = schema.model_copy(update={"spectrum_unit": "transit depth [%]"})
    seen = split.observations
    facts_of = derivable(measured(schema))
    one = evaluate(schema, facts_of, seen.spectrum, seen.noise, seen.auxiliary)
    other = evaluate(percent, facts_of, 100 * seen.spectrum, 100 * seen.noise, seen.auxiliary)
    for name in ("depth_radius", "scale_height", "signal_to_noise"):
        torch.testing.assert_close(other[name], one[name], rtol=1e-9, atol=1e-9)
    assert math.isclose(one["noise"].exp().mean().item(), other["noise"].exp().mean().item(), rel_tol=1e-9)
