"""Each spectrum by its own mean and spread."""

from __future__ import annotations

import torch

from harness.challenges import Split
from harness.data.schema import Schema
from harness.preprocessors.planet_standardize import PlanetStandardize
from harness.preprocessors.spectrum_summary import soft_logarithm

Challenges = dict[str, tuple[Split, Schema]]


def test_a_spectrum_has_zero_mean_and_unit_spread_over_its_channels(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    seen, n = split.observations, len(schema.wavelength)
    shape = PlanetStandardize.create().fit(split, schema)(seen.spectrum, seen.noise, seen.auxiliary)[:, :n]
    torch.testing.assert_close(shape.mean(dim=1), torch.zeros(400, dtype=torch.float64), atol=1e-9, rtol=0)
    assert (shape.std(dim=1, correction=0) <= 1).all()
    loud = seen.spectrum.std(dim=1) > seen.noise.mean(dim=1)
    assert (shape[loud].std(dim=1, correction=0) > 0.9999).all()


def test_a_planet_twice_as_deep_and_as_noisy_has_the_same_shape(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    seen, n = split.observations, len(schema.wavelength)
    module = PlanetStandardize.create().fit(split, schema)
    one = module(seen.spectrum, seen.noise, seen.auxiliary)
    other = module(2 * seen.spectrum, 2 * seen.noise, seen.auxiliary)
    torch.testing.assert_close(other[:, : 2 * n], one[:, : 2 * n])
    torch.testing.assert_close(other[:, 2 * n + 2 :], one[:, 2 * n + 2 :])
    shift = other[:, 2 * n : 2 * n + 2] - one[:, 2 * n : 2 * n + 2]
    expected = torch.log(torch.tensor(2.0, dtype=torch.float64)) / module.level.spread
    torch.testing.assert_close(shift, expected.expand(400, 2))


def test_columns_that_span_a_decade_are_taken_in_logarithms(challenges: Challenges) -> None:
    split, schema = challenges["ariel"]
    module = PlanetStandardize.create().fit(split, schema)
    kept = [name for name in schema.auxiliary_names if name != "planet_surface_gravity"]
    logarithmic = {name for name, log in zip(kept, module.auxiliary.logarithmic, strict=True) if log}
    assert {"star_distance", "planet_mass_kg", "planet_orbital_period"} <= logarithmic
    assert "star_temperature" not in logarithmic


def test_the_soft_logarithm_is_the_logarithm_above_its_scale() -> None:
    scale = torch.tensor(1e-5, dtype=torch.float64)
    x = torch.tensor([3e-5, 1e-4, 1e-2], dtype=torch.float64)
    excess = soft_logarithm(x, scale) - x.log()
    torch.testing.assert_close(excess, torch.tensor([0.0962, 0.0099, 1e-6]).double(), atol=1e-4, rtol=0)
    ascending = soft_logarithm(torch.linspace(-1e-3, 1e-3, 101, dtype=torch.float64), scale)
    assert (ascending.diff() > 0).all()
