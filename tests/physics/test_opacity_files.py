"""Opacity files, good and bad."""

import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from harness.errors import HarnessError
from harness.physics import TransmissionModel, find_cross_sections

WAVENUMBER = np.geomspace(1000, 25000, 30)


@pytest.fixture
def directory(write_opacities: Callable[..., Path], tmp_path: Path) -> Path:
    return write_opacities(tmp_path, WAVENUMBER)


def rewrite(path: Path, **datasets: object) -> None:
    with h5py.File(path, "r+") as file:
        unit = file["p"].attrs["units"]
        for name, values in datasets.items():
            del file[name]
            if values is not None:
                file[name] = values
        if "p" in file:
            file["p"].attrs["units"] = unit


def write_exo_transmit(
    path: Path, wavelengths: list[float], temperature: list[float], bar: list[float]
) -> None:
    random = np.random.default_rng(1)
    lines = [" ".join(map(str, temperature)), " ".join(map(str, bar))]
    for wavelength in wavelengths:
        lines.append(f"{wavelength:.9e}")
        lines += [
            f"{p:e} " + " ".join(f"{v:.6e}" for v in 1e-26 * random.random(len(temperature))) for p in bar
        ]
    path.write_text("\n".join(lines) + "\n")


def test_a_directory_lists_its_molecules_with_their_grids(directory):
    found = find_cross_sections(directory)
    assert list(found) == ["CH4", "CO", "CO2", "H2O", "NH3"]
    table = found["H2O"]
    np.testing.assert_array_equal(table.wavenumber, WAVENUMBER)
    np.testing.assert_allclose(table.pressure[[0, -1]], [1.0, 1e7])  # Pa
    assert table.at_pressure(2).shape == (len(table.temperature), 30)


@pytest.mark.parametrize(
    ("unit", "pascal"),
    [("Pa", 1.0), ("bar", 1e5), ("mbar", 100.0), ("atm", 101325.0), ("mPa", 1e-3), ("MPa", 1e6)],
)
def test_pressures_come_in_any_unit(directory, unit, pascal):
    with h5py.File(directory / "H2O.h5", "r+") as file:
        values = file["p"][()]
        file["p"].attrs["units"] = unit
    np.testing.assert_allclose(find_cross_sections(directory)["H2O"].pressure, values * pascal)


@pytest.mark.parametrize("name", ["H2O", b"H2O", np.array([b"H2O"]), "1H2-16O"])
def test_a_molecule_is_named_in_any_of_the_ways_of_the_field(directory, name):
    rewrite(directory / "H2O.h5", mol_name=name)
    assert "H2O" in find_cross_sections(directory)


def test_exo_transmit_tables_are_those_of_taurex(tmp_path):
    path = tmp_path / "opacH2O.dat"
    write_exo_transmit(path, [5e-6, 3e-6, 2e-6, 1e-6], [300.0, 900, 1500], [1e-4, 1e-2, 1.0])
    ours = find_cross_sections(tmp_path)["H2O"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taurex.opacity.exotransmit import ExoTransmitOpacity

        theirs = ExoTransmitOpacity(path)
    np.testing.assert_allclose(ours.wavenumber, theirs.wavenumberGrid)
    np.testing.assert_allclose(ours.pressure, theirs.pressureGrid)
    for index in range(3):
        np.testing.assert_allclose(ours.at_pressure(index), theirs.xsecGrid[index])


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(HarnessError, match="nowhere, does not exist"):
        TransmissionModel.from_files(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(HarnessError, match="is a file"):
        TransmissionModel.from_files(tmp_path / "file")


def test_a_missing_molecule_is_named_with_those_there(directory):
    (directory / "CO.h5").unlink()
    with pytest.raises(HarnessError, match="no cross-sections of CO, only those of CH4, CO2, H2O, NH3"):
        TransmissionModel.from_files(directory)


def test_a_pickle_is_told_and_not_loaded(directory):
    (directory / "CO.h5").rename(directory / "CO.TauREx.pickle")
    with pytest.raises(HarnessError, match=r"CO\.TauREx\.pickle is a pickle"):
        TransmissionModel.from_files(directory)


def test_a_truncated_file_is_named(directory):
    path = directory / "CH4.h5"
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(HarnessError, match=r"CH4\.h5 cannot be read as HDF5.*truncated"):
        TransmissionModel.from_files(directory)


def test_a_file_that_cannot_be_opened_is_named_with_the_reason(directory):
    (directory / "CH4.h5").unlink()
    (directory / "CH4.h5").mkdir()
    with pytest.raises(HarnessError, match=r"CH4\.h5 cannot be read \(Is a directory\)"):
        TransmissionModel.from_files(directory)


def test_two_files_of_one_molecule_are_both_named(directory):
    (directory / "other.h5").write_bytes((directory / "CH4.h5").read_bytes())
    with pytest.raises(HarnessError, match=r"CH4\.h5 and .*other\.h5 both hold CH4"):
        TransmissionModel.from_files(directory)


@pytest.mark.parametrize("unit", ["parsec", "", "bars of soap"])
def test_a_unit_that_is_none_of_pressure_is_told(directory, unit):
    with h5py.File(directory / "H2O.h5", "r+") as file:
        file["p"].attrs["units"] = unit
    with pytest.raises(HarnessError, match=rf"H2O\.h5 are in '{unit}', which is not a unit of pressure"):
        TransmissionModel.from_files(directory)


def test_pressures_without_a_unit_are_told(directory):
    with h5py.File(directory / "H2O.h5", "r+") as file:
        del file["p"].attrs["units"]
    with pytest.raises(HarnessError, match="no attribute 'units'"):
        TransmissionModel.from_files(directory)


@pytest.mark.parametrize(
    ("datasets", "message"),
    [
        ({"xsecarr": np.ones((8, 10, 29))}, r"'xsecarr' of .*H2O\.h5 has shape \(8, 10, 29\).*\(8, 10, 30\)"),
        ({"xsecarr": np.full((8, 10, 30), b"x")}, "ask for numbers"),
        ({"xsecarr": np.full((8, 10, 30), -1e-22)}, "2400|300 cross-sections that are negative"),
        ({"xsecarr": np.full((8, 10, 30), np.nan)}, "cross-sections that are not finite"),
        ({"bin_edges": WAVENUMBER[::-1]}, "wavenumber grid of .* is not ascending"),
        (
            {"t": np.array([100.0, 200, 300, 500, 500, 1100, 1500, 2000, 2600, 3400])},
            "500 K is followed by 500 K",
        ),
        ({"t": np.array([0.0, 200, 300, 500, 800, 1100, 1500, 2000, 2600, 3400])}, "not above 0 K"),
        ({"t": np.ones((2, 5))}, "not a row of numbers"),
        ({"mol_name": "?"}, r"'mol_name' of .* is '\?'"),
        ({"p": None}, "has no dataset 'p'"),
    ],
)
def test_a_damaged_table_is_told(directory, datasets, message):
    rewrite(directory / "H2O.h5", **datasets)
    with pytest.raises(HarnessError, match=message):
        TransmissionModel.from_files(directory)


def test_a_table_of_k_coefficients_is_told_from_cross_sections(directory):
    with h5py.File(directory / "H2O_ktable.h5", "w") as file:
        file["kcoeff"] = np.ones((2, 2, 2, 2))
    with pytest.raises(HarnessError, match="k-coefficients"):
        TransmissionModel.from_files(directory)


def test_molecules_on_separate_ranges_are_told(directory, write_opacities):
    write_opacities(directory, np.geomspace(30000, 40000, 10), gases=("CO",))
    with pytest.raises(HarnessError, match=r"CO\.h5 \(30000 to 40000 cm-1\).* lie outside"):
        TransmissionModel.from_files(directory)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "truncated|wrong number of columns"),
        (lambda text: text.replace("e-26", "e-26x", 1).replace("e-27", "e-27x", 1), "cannot be read"),
        (lambda text: text.partition("\n")[0], "ends before its grids"),
    ],
)
def test_a_damaged_exo_transmit_table_is_told(tmp_path, damage, message):
    path = tmp_path / "opacH2O.dat"
    write_exo_transmit(path, [5e-6, 3e-6, 2e-6], [300.0, 900, 1500], [1e-4, 1e-2, 1.0])
    path.write_text(damage(path.read_text()))
    with pytest.raises(HarnessError, match=message):
        find_cross_sections(tmp_path)
