"""Opacity files, good and bad."""

import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from harness.errors import HarnessError
from harness.physics import TransmissionModel, find_cross_sections
from harness.physics.builtin_opacities import named_directory
from harness.physics.opacity_directory import survey_cross_sections, unsaid_units

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
    path: Path, wavelengths: list[float], temperature: list[float], pascal: list[float]
) -> None:
    random = np.random.default_rng(1)
    lines = [" ".join(map(str, temperature)), " ".join(map(str, pascal))]
    for wavelength in wavelengths:
        lines.append(f"{wavelength:.9e}")
        lines += [
            f"{p:e} " + " ".join(f"{v:.6e}" for v in 1e-26 * random.random(len(temperature))) for p in pascal
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


def test_exo_transmit_tables_are_those_of_taurex_but_for_pressures_which_it_takes_for_bar(tmp_path):
    path = tmp_path / "opacH2O.dat"
    write_exo_transmit(path, [5e-6, 3e-6, 2e-6, 1e-6], [300.0, 900, 1500], [1e-4, 1.0, 1e5])
    ours = find_cross_sections(tmp_path)["H2O"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taurex.opacity.exotransmit import ExoTransmitOpacity

        theirs = ExoTransmitOpacity(path)
    np.testing.assert_allclose(ours.wavenumber, theirs.wavenumberGrid)
    np.testing.assert_allclose(ours.pressure, [1e-4, 1.0, 1e5])  # Pa, as Exo-Transmit's code and manual say
    np.testing.assert_allclose(theirs.pressureGrid, 1e5 * ours.pressure)
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
    with pytest.raises(HarnessError, match=r"CH4\.h5 is cut off before its end"):
        TransmissionModel.from_files(directory)


def test_a_file_that_cannot_be_opened_is_named_with_the_reason(directory):
    (directory / "CH4.h5").unlink()
    (directory / "CH4.h5").mkdir()
    with pytest.raises(HarnessError, match=r"CH4\.h5 is a folder; expected a file"):
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
        ({"bin_edges": np.roll(WAVENUMBER, 3)}, "wavenumber grid of .* is not ascending"),
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
    assert list(survey_cross_sections(directory).left_out) == [directory / "H2O_ktable.h5"]
    (directory / "H2O.h5").unlink()
    with pytest.raises(HarnessError, match=r"no cross-sections of H2O.*k-coefficients"):
        TransmissionModel.from_files(directory)


def test_a_file_that_nothing_needs_does_not_stop_a_model(directory):
    (directory / "notes.h5").write_bytes(b"not HDF5 at all")
    assert TransmissionModel.from_files(directory).gases == ("H2O", "CO2", "CO", "CH4", "NH3")


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
    write_exo_transmit(path, [5e-6, 3e-6, 2e-6], [300.0, 900, 1500], [1e-4, 1.0, 1e5])
    path.write_text(damage(path.read_text()))
    with pytest.raises(HarnessError, match=message):
        find_cross_sections(tmp_path)


def spectrum_of(directory: Path) -> np.ndarray:
    planet = torch.tensor([[1.0, 1200.0, -4.0, -7.0, -4.0, -6.0, -7.0]], dtype=torch.float64)
    model = TransmissionModel.from_files(directory, dtype=torch.float64)
    return model.binned(planet, 1.0, 1.0).numpy()[0]


@pytest.mark.parametrize("written", ["opacities-exo-transmit", "opacities-m2-Pa"])
def test_one_table_gives_one_spectrum_in_whichever_units_it_is_written(shared_cases, written):
    expected = spectrum_of(shared_cases / "opacities-cm2-bar")
    np.testing.assert_allclose(spectrum_of(shared_cases / written), expected, rtol=0, atol=1e-8)  # 0.01 ppm


def test_exo_transmit_is_in_pascal(shared_cases):
    for table in find_cross_sections(shared_cases / "opacities-exo-transmit").values():
        np.testing.assert_allclose(table.pressure, [1e-4, 1e-1, 1e2, 1e5, 1e8])
        assert table.unsaid == ()


def test_an_exo_transmit_table_that_ends_high_up_is_told(tmp_path):
    write_exo_transmit(tmp_path / "opacH2O.dat", [5e-6, 3e-6], [300.0, 900], [1e-6, 1e-2, 10.0])
    sentence = unsaid_units(find_cross_sections(tmp_path).values())
    assert sentence is not None
    assert (
        "opacH2O.dat does not say its units: taken are pressures in Pa up to no more than 10 Pa" in sentence
    )


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda text: text.replace("5.000000000e-06", "5.0"),
            r"wavelengths from 2e-06 to 5, .*cannot be metres",
        ),
        (
            lambda text: text.replace("\n1.0", "\n7.0", 1).replace("0.0001 1.0", "0.0001 7.0"),
            "not those of its",
        ),
    ],
)
def test_an_exo_transmit_table_in_other_units_is_told(tmp_path, damage, message):
    path = tmp_path / "opacH2O.dat"
    write_exo_transmit(path, [5e-6, 3e-6, 2e-6], [300.0, 900, 1500], [1e-4, 1.0, 1e5])
    path.write_text(damage(path.read_text()))
    with pytest.raises(HarnessError, match=message):
        find_cross_sections(tmp_path)


def test_an_odd_file_is_left_out_by_name(shared_cases):
    survey = survey_cross_sections(shared_cases / "opacities-exo-transmit-with-cia")
    assert list(survey.found) == ["H2O"]
    (path,) = survey.left_out
    assert path.name == "opacCIA.dat"
    assert str(path) in survey.left_out[path]


def set_units(path: Path, **units: str) -> None:
    with h5py.File(path, "r+") as file:
        for name, unit in units.items():
            file[name].attrs["units"] = unit


@pytest.mark.parametrize(
    ("units", "what"),
    [
        ({"xsecarr": "cm^2/g"}, r"cross-sections of .*H2O\.h5 are in 'cm\^2/g'"),
        ({"xsecarr": "cm^2/mol"}, r"cross-sections of .*H2O\.h5 are in 'cm\^2/mol'"),
        ({"bin_edges": "eV"}, r"wavenumbers of .*H2O\.h5 are in 'eV'"),
        ({"t": "celsius"}, r"temperatures of .*H2O\.h5 are in 'celsius'"),
    ],
)
def test_a_unit_that_is_not_known_is_told(directory, units, what):
    set_units(directory / "H2O.h5", **units)
    with pytest.raises(HarnessError, match=what):
        TransmissionModel.from_files(directory)


@pytest.mark.parametrize(
    ("unit", "of_wavenumber"),
    [
        ("micron", lambda wavenumber: 1e4 / wavenumber),
        ("nm", lambda wavenumber: 1e7 / wavenumber),
        ("m", lambda wavenumber: 1e-2 / wavenumber),
        ("m^-1", lambda wavenumber: 100 * wavenumber),
        ("cm^{-1}", lambda wavenumber: wavenumber),
    ],
)
def test_a_grid_may_be_of_wavelengths(directory, unit, of_wavenumber):
    expected = find_cross_sections(directory)["H2O"].at_pressure(2)
    rewrite(directory / "H2O.h5", bin_edges=of_wavenumber(WAVENUMBER))
    set_units(directory / "H2O.h5", bin_edges=unit)
    found = find_cross_sections(directory)["H2O"]
    np.testing.assert_allclose(found.wavenumber, WAVENUMBER, rtol=1e-12)
    np.testing.assert_array_equal(found.at_pressure(2), expected)


def test_every_grid_may_descend(directory):
    expected = find_cross_sections(directory)["H2O"]
    values = [expected.at_pressure(index) for index in range(len(expected.pressure))]
    with h5py.File(directory / "H2O.h5") as file:
        turned = {name: file[name][()][::-1] for name in ("bin_edges", "t", "p")}
        turned["xsecarr"] = file["xsecarr"][()][::-1, ::-1, ::-1]
    rewrite(directory / "H2O.h5", **turned)
    found = find_cross_sections(directory)["H2O"]
    for grid in ("wavenumber", "temperature", "pressure"):
        np.testing.assert_array_equal(getattr(found, grid), getattr(expected, grid))
    for index, at_pressure in enumerate(values):
        np.testing.assert_array_equal(found.at_pressure(index), at_pressure)


def test_an_exo_transmit_table_may_descend(tmp_path):
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    up, down = tmp_path / "up" / "opacH2O.dat", tmp_path / "down" / "opacH2O.dat"
    write_exo_transmit(up, [5e-6, 3e-6, 2e-6], [300.0, 900, 1500], [1e-4, 1.0, 1e5])
    rows = [line.split() for line in up.read_text().splitlines()]
    blocks = [rows[2 + 4 * i : 6 + 4 * i] for i in range(3)]
    turned = [rows[0][::-1], rows[1][::-1]]
    for head, *pressures in blocks[::-1]:
        turned += [head, *([row[0], *row[:0:-1]] for row in pressures[::-1])]
    down.write_text("\n".join(" ".join(row) for row in turned) + "\n")
    one, other = (find_cross_sections(path.parent)["H2O"] for path in (up, down))
    for grid in ("wavenumber", "temperature", "pressure"):
        np.testing.assert_array_equal(getattr(one, grid), getattr(other, grid))
    for index in range(3):
        np.testing.assert_array_equal(one.at_pressure(index), other.at_pressure(index))


def test_the_molecule_may_be_an_attribute_of_the_file(directory):
    rewrite(directory / "H2O.h5", mol_name=None)
    with pytest.raises(HarnessError, match="does not name its molecule"):
        TransmissionModel.from_files(directory)
    with h5py.File(directory / "H2O.h5", "r+") as file:
        file.attrs["mol_name"] = "H2O"
    assert "H2O" in find_cross_sections(directory)


def test_the_centres_of_bins_are_taken_where_their_edges_stand_beside_them(directory):
    with h5py.File(directory / "H2O.h5", "r+") as file:
        file["bin_centers"] = file["bin_edges"][()]
        edges = np.append(WAVENUMBER - 0.1, WAVENUMBER[-1] + 0.1)
    rewrite(directory / "H2O.h5", bin_edges=edges)
    np.testing.assert_array_equal(find_cross_sections(directory)["H2O"].wavenumber, WAVENUMBER)


def test_units_that_are_not_said_are_told_and_said_ones_not(directory, shared_cases):
    sentence = unsaid_units(find_cross_sections(directory).values())
    assert sentence is not None
    assert "taken are wavenumbers in cm-1 and temperatures in K and cross-sections in cm2" in sentence
    assert unsaid_units(find_cross_sections(shared_cases / "opacities-m2-Pa").values()) is None
    assert unsaid_units(find_cross_sections(named_directory("built-in")).values()) is None


def test_a_filter_that_is_not_installed_is_named(shared_cases):
    with pytest.raises(HarnessError) as caught:
        TransmissionModel.from_files(shared_cases / "opacities-blosc")
    message = str(caught.value)
    assert (
        "H2O.h5: 'xsecarr' is compressed with the HDF5 filter 'blosc' (32001), which is not installed"
        in message
    )
    assert not any(word in message for word in ("damaged", "truncated", "get it again"))
