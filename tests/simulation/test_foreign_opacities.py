"""Foreign opacities: strength, temperature, lines and resolution are others', and nothing else is."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.physics import GASES, TransmissionModel
from harness.physics.opacity_directory import find_cia, find_cross_sections, unsaid_units
from harness.simulation.foreign_opacities import (
    Change,
    foreign_cross_sections,
    write_foreign_opacities,
)

NOTHING = Change().scaled(0)


def smoothed(values: np.ndarray, points: int = 400) -> np.ndarray:
    """Means of runs of points (..., runs)."""
    runs = values.shape[-1] // points
    return values[..., : runs * points].reshape(*values.shape[:-1], runs, points).mean(axis=-1)


def test_a_directory_of_them_is_one_like_any_other(lined: Path, tmp_path: Path) -> None:
    target = tmp_path / "foreign"
    write_foreign_opacities(lined, target, 3)
    tables = find_cross_sections(target)
    assert sorted(tables) == sorted(GASES)
    assert unsaid_units(tables.values()) is None
    assert list(find_cia(target)) == ["H2-H2"]
    planet = np.array([[1.0, 1000.0, -4, -6, -4, -5, -5]])
    one, other = (
        TransmissionModel.from_files(where).binned(planet, 1.0, 1.0).numpy() for where in (lined, target)
    )
    assert np.isfinite(other).all()
    assert 1e-6 < np.abs(one - other).max() < 2e-3


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(lined: Path, tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_foreign_opacities(lined, tmp_path / name, seed)
    files = [(tmp_path / name / "H2O.h5").read_bytes() for name in ("one", "again", "other")]
    assert files[0] == files[1] != files[2]


def test_nothing_changed_are_the_same_cross_sections_in_another_order(lined: Path) -> None:
    table = find_cross_sections(lined)["H2O"]
    change = Change(0, 0, 0, 0, 0, least_contrast=1, most_contrast=1, resolving_power=None)
    grid, values = foreign_cross_sections(table, 0, change)
    assert np.array_equal(grid, table.wavenumber)
    before = table.at_pressure(1)
    np.testing.assert_allclose(smoothed(values[1]), smoothed(before), rtol=1e-5)
    moved = np.abs(np.log10(values[1]) - np.log10(before))
    assert (moved > 0.1).mean() > 0.7


def test_strengths_differ_by_what_was_asked_for_and_smoothly(lined: Path) -> None:
    table = find_cross_sections(lined)["CH4"]
    change = Change(0.2, 0.2, 0, 0, 0, least_contrast=1, most_contrast=1, window=1, resolving_power=None)
    _, values = foreign_cross_sections(table, 0, change)
    shift = np.log10(values[2]) - np.log10(table.at_pressure(2))
    assert np.sqrt((shift**2).mean()) == pytest.approx(0.2, rel=0.02)
    assert np.abs(np.diff(shift, axis=1)).max() < 0.01
    assert np.ptp(shift, axis=0).max() < 1e-5  # the same at every temperature


def test_temperature_changes_what_it_is_asked_to_change(lined: Path) -> None:
    table = find_cross_sections(lined)["NH3"]
    change = Change(0, 0, 0.3, 0, 0, least_contrast=1, most_contrast=1, window=1, resolving_power=None)
    _, values = foreign_cross_sections(table, 0, change)
    shift = np.log10(values[0]) - np.log10(table.at_pressure(0))
    assert np.abs(shift[list(table.temperature).index(1000.0)]).max() < 1e-5
    assert np.sqrt((shift[0] ** 2).mean()) == pytest.approx(0.3, rel=0.02)  # a decade colder


@pytest.mark.parametrize("contrast", [0.5, 1.5])
def test_contrast_is_raised_or_lowered_about_the_same_mean(lined: Path, contrast: float) -> None:
    table = find_cross_sections(lined)["CO"]
    change = Change(0, 0, 0, 0, 0, least_contrast=contrast, most_contrast=contrast, resolving_power=None)
    _, values = foreign_cross_sections(table, 0, change)
    before = table.at_pressure(0)
    spread = [np.diff(np.log(one), axis=1).std() for one in (before, values[0])]
    assert spread[1] / spread[0] == pytest.approx(contrast, rel=0.2)
    np.testing.assert_allclose(smoothed(values[0]), smoothed(before), rtol=1e-5)


def test_a_coarser_grid_keeps_the_mean_cross_section(lined: Path) -> None:
    table = find_cross_sections(lined)["CO2"]
    change = Change(0, 0, 0, 0, 0, least_contrast=1, most_contrast=1, window=1, resolving_power=300)
    grid, values = foreign_cross_sections(table, 0, change)
    assert len(grid) == int(300 * np.log(25000 / 1150))
    before = np.trapezoid(table.at_pressure(0), table.wavenumber, axis=1)
    np.testing.assert_allclose(np.trapezoid(values[0], grid, axis=1), before, rtol=0.02)


def test_the_command_writes_them_and_refuses_a_place_that_is_taken(lined: Path, tmp_path: Path) -> None:
    target = tmp_path / "foreign"
    words = ["opacities", "foreign", "-o", str(target), "--seed", "3", "--opacities", str(lined)]
    assert CliRunner().invoke(main, words).exit_code == 0
    write_foreign_opacities(lined, tmp_path / "same", 3)
    assert (target / "CO.h5").read_bytes() == (tmp_path / "same" / "CO.h5").read_bytes()
    again = CliRunner().invoke(main, words)
    assert again.exit_code == 2
    assert "exists already" in again.output
    words[3] = str(tmp_path / "other")
    nowhere = CliRunner().invoke(main, [*words[:-1], str(tmp_path / "nowhere")])
    assert nowhere.exit_code == 2
    assert not (tmp_path / "other").exists()
