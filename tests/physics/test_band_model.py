"""The band model against its own mathematics, Borysow's tables and the known bands of the five molecules."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.physics.band_model import (
    CIA_PAIRS,
    MOLECULES,
    PRESSURE,
    WAVENUMBER,
    cia_coefficient,
    cross_sections,
    mean_cross_section,
)
from harness.physics.band_model.collision_induced import LOSCHMIDT
from harness.physics.band_model.cross_sections import SMALLEST
from harness.physics.band_model.envelope import GRID, STEP, envelope
from harness.physics.band_model.hot_bands import strength
from harness.physics.band_model.line_comb import BLOCK, comb, contrast

BORYSOW = Path(__file__).resolve().parents[3] / "shared" / "data" / "cia"

# wavelengths [um] of bands and of the windows to either side
KNOWN_BANDS = [
    ("H2O", 1.38, 1.25, 1.65),
    ("H2O", 1.87, 1.65, 2.2),
    ("H2O", 2.7, 2.2, 3.7),
    ("H2O", 6.2, 3.9, 8.4),
    ("CO2", 2.0, 1.8, 2.3),
    ("CO2", 2.72, 2.4, 3.3),
    ("CO2", 4.28, 3.9, 5.5),
    ("CO", 2.33, 2.1, 3.0),
    ("CO", 4.7, 4.0, 6.5),
    ("CH4", 1.67, 1.55, 1.95),
    ("CH4", 2.33, 1.95, 2.75),
    ("CH4", 3.3, 2.75, 5.0),
    ("CH4", 7.7, 5.2, None),
    ("NH3", 1.5, 1.38, 1.72),
    ("NH3", 2.0, 1.8, 2.1),
    ("NH3", 3.0, 2.6, 4.0),
    ("NH3", 6.1, 4.5, 7.8),
]

molecules = pytest.mark.parametrize("name", MOLECULES)


def block_means(values: np.ndarray) -> np.ndarray:
    """Means over the whole blocks of the comb, along the last axis."""
    blocks = values.shape[-1] // BLOCK
    return (
        values[..., : blocks * BLOCK].astype(np.float64).reshape(*values.shape[:-1], blocks, BLOCK).mean(-1)
    )


@pytest.mark.parametrize(("name", "band", "shorter", "longer"), KNOWN_BANDS)
def test_a_known_band_stands_above_the_windows_beside_it(name, band, shorter, longer):
    places = np.array([place for place in (band, shorter, longer) if place is not None])
    values = mean_cross_section(MOLECULES[name], 1e4 / places, 600.0)
    assert (values[0] > 3 * values[1:]).all()


@molecules
def test_cross_sections_are_positive_and_finite_everywhere(name):
    values = cross_sections(MOLECULES[name], temperature=np.array([100.0, 4000.0]))
    assert values.dtype == np.float32
    assert np.isfinite(values).all()
    assert values.min() > 0
    assert values.max() < 1e-15


@molecules
def test_pressure_fills_the_gaps_between_lines_and_never_empties_them(name):
    values = cross_sections(MOLECULES[name], temperature=np.array([700.0]))[:, 0]
    above_floor = block_means((values > 1.01 * SMALLEST).min(axis=0)) == 1
    geometric = block_means(np.log(values))[:, above_floor]
    assert above_floor.sum() > 10
    assert (np.diff(geometric, axis=0) > -1e-5).all()
    assert (geometric[-1] > geometric[0]).all()


@molecules
def test_pressure_leaves_the_arithmetic_mean_of_a_block_as_it_is(name):
    values = block_means(cross_sections(MOLECULES[name], temperature=np.array([700.0]))[:, 0])
    absorbing = values[-1] > 1e-24
    # exact where a band is flat; where it is steep, which point of a block is the line centre counts a little
    change = np.abs(np.log10(values[:, absorbing] / values[-1, absorbing]))
    assert np.median(change) < 0.1


@pytest.mark.parametrize("name", ["H2O", "CO2", "CO"])
def test_at_low_pressure_and_temperature_lines_stand_far_apart(name):
    values = cross_sections(MOLECULES[name], temperature=np.array([400.0]), pressure=np.array([1.0]))[0, 0]
    strongest = block_means(values).argmax()
    block = values[strongest * BLOCK : (strongest + 1) * BLOCK].astype(np.float64)
    assert np.exp(np.log(block).mean()) < 0.1 * block.mean()


@settings(max_examples=50)
@given(exponent=st.floats(-14, 4), points=st.integers(1, 5))
def test_a_block_of_lines_keeps_the_mean_whatever_the_overlap(exponent, points):
    share = comb("H2O", points * BLOCK)
    values = contrast(np.full(len(share), 10.0**exponent), share)
    np.testing.assert_allclose(block_means(values), 1.0, rtol=1e-9)


@pytest.mark.parametrize("overlap", [0.1, 0.3, 1.0, 10.0, 100.0])
def test_contrast_is_the_inverse_gaussian_of_malkmus(overlap):
    """scipy's inverse Gaussian with mean 1 and shape y, averaged over 32 equal parts of probability."""
    frozen = stats.invgauss(mu=1 / overlap, scale=overlap)
    probability = (np.arange(BLOCK * 2000) + 0.5) / (BLOCK * 2000)
    expected = frozen.ppf(probability).reshape(BLOCK, -1).mean(1)
    values = contrast(np.full(BLOCK, overlap), np.arange(BLOCK))
    np.testing.assert_allclose(values[:-1], expected[:-1], rtol=0.02)


def test_a_comb_is_the_same_each_time_and_another_for_each_molecule():
    np.testing.assert_array_equal(comb("H2O", 1000), comb("H2O", 1000))
    assert (comb("H2O", 1000) != comb("CO2", 1000)).mean() > 0.5


def test_the_comb_holds_every_share_once_a_block():
    shares = comb("CH4", 10 * BLOCK).reshape(10, BLOCK)
    np.testing.assert_array_equal(np.sort(shares, axis=1), np.tile(np.arange(BLOCK), (10, 1)))


@molecules
@pytest.mark.parametrize("temperature", [100.0, 1000.0, 4000.0])
def test_envelopes_integrate_to_one(name, temperature):
    molecule = MOLECULES[name]
    inside = [band for band in molecule.bands if 3000 < band.centre < 20000]
    for band in inside:
        # the hottest bands of the lowest lying lose a little below 0 cm-1
        assert envelope(molecule, band, temperature).sum() * STEP == pytest.approx(1.0, abs=5e-3)


@molecules
def test_bands_widen_with_temperature(name):
    molecule = MOLECULES[name]
    band = next(band for band in molecule.bands if band.centre > 2000)
    widths = []
    for temperature in (200.0, 800.0, 2000.0):
        shape = envelope(molecule, band, temperature) * STEP
        centre = (shape * GRID).sum()
        widths.append(np.sqrt((shape * (GRID - centre) ** 2).sum()))
    assert widths[0] < widths[1] < widths[2]


@molecules
def test_a_fundamental_with_its_hot_bands_keeps_its_strength(name):
    """In the harmonic approximation stimulated emission takes what the hot bands add."""
    molecule = MOLECULES[name]
    for mode, wavenumber in enumerate(molecule.modes):
        quanta = tuple(int(mode == other) for other in range(len(molecule.modes)))
        for band in molecule.bands:
            if band.quanta == quanta and abs(band.centre / wavenumber - 1) < 0.01:
                assert strength(molecule, band, 3000.0) == pytest.approx(band.strength, rel=0.02)


@molecules
def test_the_mean_cross_section_conserves_the_strengths(name):
    molecule = MOLECULES[name]
    inside = sum(strength(molecule, band, 296.0) for band in molecule.bands if band.centre > 0)
    total = mean_cross_section(molecule, GRID, 296.0).sum() * STEP
    rotation = sum(strength(molecule, band, 296.0) for band in molecule.bands if band.centre == 0)
    assert inside * 0.99 < total < (inside + rotation) * 1.01


def test_the_same_coefficients_give_the_same_numbers():
    first, second = (cross_sections(MOLECULES["CO"], pressure=PRESSURE[::6]) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_grid_covers_the_official_channels():
    assert 1e4 / WAVENUMBER[-1] <= 0.55 - 0.051
    assert 1e4 / WAVENUMBER[0] >= 7.2755592 + 0.24
    assert 8000 < len(WAVENUMBER) < 9000


@pytest.mark.parametrize(
    ("pair", "file"), [("H2-H2", "Borysow_H2-H2_60-7000K.dat"), ("H2-He", "Borysow_H2-He_50-7000K.dat")]
)
def test_collision_induced_absorption_follows_the_tables_of_borysow(pair, file):
    lines = (BORYSOW / file).read_text().splitlines()
    temperature = np.array(lines[lines.index("@TEMPERATURES") + 1].split(), dtype=np.float64)
    table = np.array(
        [line.split() for line in lines[lines.index("@DATA") + 1 :] if line.strip()], dtype=float
    )
    assert table[-1, 0] == CIA_PAIRS[pair][1]
    table = table[table[:, 0] >= 1000]
    differences = []
    for column, kelvin in enumerate(temperature):
        published = table[:, column + 1]
        counted = published > 1e-10
        if 300 <= kelvin <= 4000:
            ours = cia_coefficient(pair, table[:, 0], float(kelvin)) * LOSCHMIDT**2
            differences.append(np.log10(ours[counted] / published[counted]))
    difference = np.abs(np.concatenate(differences))
    assert np.median(difference) < 0.05
    assert np.quantile(difference, 0.95) < 0.3
