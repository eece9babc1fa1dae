"""Rayleigh scattering and molecular masses against TauREx 3."""

import warnings

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.physics.molecules import molecular_mass, molecule_name
from harness.physics.rayleigh import rayleigh_cross_section


@pytest.mark.parametrize("molecule", ["H2", "He", "H2O", "CO2", "CO", "CH4", "NH3", "N2", "O2"])
def test_cross_sections_are_those_of_taurex(molecule):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taurex.util.scattering import rayleigh_sigma_from_name
    wavenumber = np.geomspace(500, 33000, 200)
    ours = rayleigh_cross_section(molecule, wavenumber)
    np.testing.assert_allclose(ours, rayleigh_sigma_from_name(molecule, wavenumber), rtol=1e-9)


def test_a_gas_without_a_formula_has_none():
    assert rayleigh_cross_section("HCN", np.array([1e4])) is None


@pytest.mark.parametrize(
    "molecule", ["H2", "He", "H2O", "CO2", "CO", "CH4", "NH3", "HCN", "SO2", "TiO", "C2H2"]
)
def test_masses_are_those_of_taurex(molecule):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taurex.util import get_molecular_weight
    assert molecular_mass(molecule) == pytest.approx(get_molecular_weight(molecule), rel=1e-8)


def test_isotopes_are_dropped_from_a_name():
    assert molecule_name("1H2-16O") == "H2O"
    assert molecule_name("12C-16O2") == "CO2"


@pytest.mark.parametrize(
    ("formula", "message"), [("", "not a molecule"), ("h2o", "not a molecule"), ("UF6", "'U'")]
)
def test_what_is_no_formula_is_told(formula, message):
    with pytest.raises(HarnessError, match=message):
        molecular_mass(formula)
