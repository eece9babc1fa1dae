"""What forward models are told of a planet, in their units."""

import numpy as np
import pytest
import torch

from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Column, Parameter, Schema
from harness.errors import HarnessError

COLUMNS = {"star_distance": "pc", "planet_mass_kg": "kg", "star_radius_m": "m"}
FACTS = torch.tensor([[100.0, 1.898e27, 6.957e8], [200.0, 5.972e24, 2 * 6.957e8]], dtype=torch.float64)


def schema(*columns: str) -> Schema:
    return Schema(
        parameters=(Parameter(name="level", unit="", lower=0, upper=1),),
        wavelength=(1.0,),
        width=(0.1,),
        auxiliary=tuple(Column(name=name, unit=COLUMNS[name]) for name in columns),
    )


def planets(facts: torch.Tensor) -> Observations:
    return Observations(np.array(["hot", "cold"]), torch.ones(2, 1), torch.ones(2, 1), facts)


def test_facts_are_in_solar_radii_and_jupiter_masses():
    star_radius, planet_mass = host_facts(planets(FACTS), schema(*COLUMNS))
    assert star_radius.tolist() == [1.0, 2.0]
    assert planet_mass.tolist() == pytest.approx([1.0, 1 / 317.8], rel=1e-3)  # Jupiter, the Earth
    assert star_radius.dtype == planet_mass.dtype == torch.float64


def test_what_the_planets_do_not_have_or_nobody_asks_for_is_none():
    star_radius, planet_mass = host_facts(planets(FACTS[:, [0, 2]]), schema("star_distance", "star_radius_m"))
    assert star_radius is not None
    assert planet_mass is None
    assert host_facts(planets(FACTS), schema(*COLUMNS), ()) == (None, None)


@pytest.mark.parametrize("value", [0.0, -1.0, torch.nan, torch.inf])
def test_a_planet_whose_fact_is_no_positive_number_is_named(value):
    facts = FACTS.clone()
    facts[1, 1] = value
    with pytest.raises(HarnessError, match=r"planet_mass_kg of planet cold is (0|-1|nan|inf); .* above 0"):
        host_facts(planets(facts), schema(*COLUMNS))
    star_radius, _ = host_facts(planets(facts), schema(*COLUMNS), ("star_radius_m",))
    assert star_radius.tolist() == [1.0, 2.0]
