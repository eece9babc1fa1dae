"""The band model for real spectra: more molecules, the alkali doublets, a wider grid."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expn

from harness.physics import PlanetModel, PlanetSettings, builtin_opacities, wide_band_model, wide_opacities
from harness.physics.band_model import mean_cross_section
from harness.physics.exponential_integral import exponential_integral
from harness.physics.opacity_directory import find_cia, find_cross_sections
from harness.physics.wide_band_model import ALKALIS, MOLECULES, WAVENUMBER, alkali_cross_sections
from harness.physics.wide_band_model.alkali import profile

NEW = ("SO2", "H2S", "HCN", "C2H2")


@pytest.mark.parametrize("name", NEW)
def test_a_molecule_absorbs_as_much_as_its_bands_together(name: str) -> None:
    molecule = MOLECULES[name]
    fine = np.arange(100.0, 26000.0, 2.0)
    found = np.trapezoid(mean_cross_section(molecule, fine, 296.0), fine)
    rotation = sum(band.strength for band in molecule.bands if band.centre == 0)
    vibration = sum(band.strength for band in molecule.bands if band.centre > 0)
    assert 0.98 * vibration < found < 1.02 * (vibration + rotation)


@pytest.mark.parametrize(
    ("name", "micrometres"),
    [
        ("SO2", (4.0, 7.35, 8.7)),
        ("H2S", (1.59, 2.64)),
        ("HCN", (1.53, 3.02, 14.0)),
        ("C2H2", (3.04, 7.53, 13.7)),
    ],
)
def test_bands_stand_where_they_are_known_from_spectra(name: str, micrometres: tuple[float, ...]) -> None:
    wavelength = 1e4 / WAVENUMBER
    mean = mean_cross_section(MOLECULES[name], WAVENUMBER, 800.0)
    for centre in micrometres:
        near = mean[np.abs(wavelength / centre - 1) < 0.03].max()
        for side in (0.93, 1.07):
            assert near > 1.3 * mean[np.abs(wavelength / (side * centre) - 1) < 0.01].mean()


@pytest.mark.parametrize(("name", "micrometres"), [("Na", 0.5893), ("K", 0.7684)])
def test_a_doublet_absorbs_most_at_its_lines_and_its_wings_grow_with_pressure(
    name: str, micrometres: float
) -> None:
    values = alkali_cross_sections(
        ALKALIS[name], temperature=np.array([1000.0]), pressure=np.array([1e2, 1e4, 1e6])
    )[:, 0]
    assert np.abs(1e4 / WAVENUMBER[values.argmax(axis=1)] / micrometres - 1).max() < 0.006
    wing = np.abs(WAVENUMBER - 1e4 / micrometres * 1.03).argmin()
    assert values[2, wing] / values[1, wing] == pytest.approx(100, rel=0.05)
    far = np.abs(WAVENUMBER - 1e4 / micrometres * 1.5).argmin()
    assert values[2, far] < 1e-4 * values[2, wing]


def test_a_line_is_lorentzian_up_to_its_detuning_and_keeps_on_from_there() -> None:
    distance = np.array([1.0, 10.0, 39.0, 45.46, 45.48, 60.0])
    found = profile(distance, np.array(0.07), 1000.0, 30.0)
    lorentz = 0.07 / (np.pi * (distance**2 + 0.07**2))
    np.testing.assert_allclose(found[:3], lorentz[:3], rtol=1e-12)
    assert found[3] == pytest.approx(found[4], rel=2e-3)
    # the power 3/2 falls more slowly than the power 2, the cut-off has hardly begun
    assert lorentz[5] < found[5] < found[4]


def test_the_exponential_integral_is_that_of_scipy_and_has_its_derivative() -> None:
    x = torch.as_tensor(np.concatenate([[0.0], np.geomspace(1e-8, 600, 400), [2.0, 1e5]]))
    np.testing.assert_allclose(exponential_integral(x), expn(2, x.numpy()), rtol=1e-12, atol=1e-290)
    inside = x[1:-1].clone().requires_grad_()
    (slope,) = torch.autograd.grad(exponential_integral(inside).sum(), inside)
    np.testing.assert_allclose(slope, -expn(1, x[1:-1].numpy()), rtol=1e-10, atol=1e-290)


@pytest.fixture
def small_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The built-in opacities with two species alone, in a cache of their own."""
    monkeypatch.setattr(wide_band_model, "MOLECULES", {"SO2": MOLECULES["SO2"]})
    monkeypatch.setattr(wide_band_model, "ALKALIS", {"Na": ALKALIS["Na"]})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return wide_opacities.wide_opacity_directory()


def test_the_files_are_read_as_any_others_and_written_once(small_directory: Path) -> None:
    assert small_directory.name != f"band-model-{builtin_opacities.fingerprint()}"
    found = find_cross_sections(small_directory)
    assert list(found) == ["Na", "SO2"]
    assert np.array_equal(found["Na"].wavenumber, WAVENUMBER)
    assert set(find_cia(small_directory)) == {"H2-H2", "H2-He"}
    stamp = (small_directory / "SO2.h5").stat().st_mtime_ns
    assert wide_opacities.wide_opacity_directory() == small_directory
    assert (small_directory / "SO2.h5").stat().st_mtime_ns == stamp


def test_built_in_names_these_opacities_for_a_planet_model(small_directory: Path) -> None:
    settings = PlanetSettings(("SO2", "Na"))
    channels = [0.589, 0.75, 4.05, 4.8, 13.0]
    model = PlanetModel.from_files("built-in", settings, channels, [one / 40 for one in channels], layers=50)
    assert model.temperature_range == (100.0, 4000.0)
    depth = model.binned(torch.tensor([[1.2, 1000.0, -5.0, -5.5]]), 0.9, 0.3)[0]
    assert depth[0] > depth[1]
    assert depth[2] > depth[3]


def test_opacities_without_collisions_take_the_built_in_ones(small_directory: Path, opacities: Path) -> None:
    settings, channels = PlanetSettings(("H2O",)), ([2.2, 4.0], [0.2, 0.4])
    row = torch.tensor([[1.2, 1000.0, -9.0]])
    taken = PlanetModel.from_files(opacities, settings, *channels).binned(row, 0.9, 0.3)
    named = PlanetModel.from_files(opacities, settings, *channels, cia_dir=small_directory)
    none = PlanetModel.from_files(opacities, PlanetSettings(("H2O",), cia=False), *channels)
    assert torch.equal(taken, named.binned(row, 0.9, 0.3))
    assert (taken - none.binned(row, 0.9, 0.3)).max() > 1e-5
