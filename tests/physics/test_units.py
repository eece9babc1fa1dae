"""Units as people spell them."""

import pytest

from harness.physics.units import micrometres, pascal, per_centimetre, square_centimetres


@pytest.mark.parametrize(
    ("spelt", "factor"),
    [
        ("cm^2/molecule", 1.0),
        ("cm2", 1.0),
        ("cm**2 / molecules", 1.0),
        ("cm^{2} molecule^{-1}", 1.0),
        ("m^2/molecule", 1e4),
        ("m2/molec", 1e4),
        ("cm2molecule", None),
        ("cm^2/mol", None),
        ("cm^2/g", None),
        ("log10(cm^2/molecule)", None),
        ("", None),
    ],
)
def test_cross_sections(spelt, factor):
    assert square_centimetres(spelt) == factor


@pytest.mark.parametrize(
    ("spelt", "factor"),
    [
        ("µm", 1.0),
        ("Micron", 1.0),
        ("[um]", 1.0),
        ("nm", 1e-3),
        ("Å", 1e-4),
        ("A", 1e-4),
        ("m", 1e6),
        ("cm-1", None),
    ],
)
def test_wavelengths(spelt, factor):
    assert micrometres(spelt) == factor


@pytest.mark.parametrize(
    ("spelt", "factor"),
    [("cm^-1", 1.0), ("cm$^{-1}$", 1.0), ("wavenumbers", 1.0), ("1/m", 1e-2), ("um", None)],
)
def test_wavenumbers(spelt, factor):
    assert per_centimetre(spelt) == factor


@pytest.mark.parametrize(
    ("spelt", "factor"), [("mPa", 1e-3), ("MPa", 1e6), ("µbar", 0.1), ("dyn / cm^2", 0.1), ("psi", None)]
)
def test_pressures(spelt, factor):
    assert pascal(spelt) == factor
