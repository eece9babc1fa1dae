"""Spectra in FITS, NetCDF and .npz files, with units and covariances, and such files that are hostile."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from astropy.io import fits
from scipy.io import netcdf_file

from harness.errors import HarnessError
from harness.files.spectrum_table import SpectrumTable, read_spectrum_table

N = 12
EDGES = np.geomspace(1.0, 2.0, N + 1)
WAVELENGTH, WIDTH = (EDGES[1:] + EDGES[:-1]) / 2, np.diff(EDGES)
DEPTH = 0.0214 + 1e-4 * np.sin(9 * WAVELENGTH)
ERROR = np.linspace(4e-5, 6e-5, N)
LAG = np.abs(np.subtract.outer(np.arange(N), np.arange(N)))
COVARIANCE = np.outer(ERROR, ERROR) * np.exp(-LAG / 2)


def assert_is_the_spectrum(table: SpectrumTable) -> None:
    np.testing.assert_allclose(table.wavelength, WAVELENGTH, rtol=1e-6)
    np.testing.assert_allclose(table.width, WIDTH, rtol=1e-6)
    np.testing.assert_allclose(table.depth, DEPTH, rtol=1e-6)
    np.testing.assert_allclose(table.error, ERROR, rtol=1e-6)
    assert table.wavelength_unit is not None


def table_unit(rows: slice = slice(None), name: str = "", unit: str = "percent") -> fits.BinTableHDU:
    columns = (("WAVELENGTH", 1e3 * WAVELENGTH, "nm"), ("WIDTH", 1e3 * WIDTH, "nm"))
    columns += (("DEPTH", 100 * DEPTH, unit), ("DEPTH_ERR", 100 * ERROR, unit))
    made = [fits.Column(title, "D", unit=own, array=values[rows]) for title, values, own in columns]
    return fits.BinTableHDU.from_columns(made, name=name)


def other_unit() -> fits.BinTableHDU:
    return fits.BinTableHDU.from_columns([fits.Column("TIME", "D", array=np.arange(9.0))], name="LIGHTCURVE")


def covariance_unit(values: np.ndarray = COVARIANCE, unit: str | None = None) -> fits.ImageHDU:
    made = fits.ImageHDU(values, name="COVARIANCE")
    if unit is not None:
        made.header["BUNIT"] = unit
    return made


@pytest.fixture
def read_fits(tmp_path: Path) -> Callable[..., SpectrumTable]:
    def write_and_read(*units: object) -> SpectrumTable:
        fits.HDUList([fits.PrimaryHDU(), *units]).writeto(tmp_path / "a.fits")
        return read_spectrum_table(tmp_path / "a.fits")

    return write_and_read


def test_the_table_that_names_a_spectrum_is_taken(read_fits: Callable[..., SpectrumTable]) -> None:
    assert_is_the_spectrum(read_fits(other_unit(), table_unit()))


def test_per_cents_may_be_powers_of_ten(read_fits: Callable[..., SpectrumTable]) -> None:
    assert_is_the_spectrum(read_fits(table_unit(unit="10**-2")))


def test_tables_with_the_same_columns_are_instruments(read_fits: Callable[..., SpectrumTable]) -> None:
    table = read_fits(table_unit(slice(0, 5), "NRS1"), table_unit(slice(5, N), "NRS2"))
    assert_is_the_spectrum(table)
    assert table.groups == ("NRS1",) * 5 + ("NRS2",) * 7


def test_a_row_of_arrays_is_a_spectrum(read_fits: Callable[..., SpectrumTable]) -> None:
    columns = (
        ("WAVELENGTH", WAVELENGTH, "um"),
        ("WIDTH", WIDTH, "um"),
        ("DEPTH", DEPTH, ""),
        ("ERR", ERROR, ""),
    )
    made = [fits.Column(name, f"{N}D", unit=unit, array=values[None]) for name, values, unit in columns]
    assert_is_the_spectrum(read_fits(fits.BinTableHDU.from_columns(made)))


@pytest.mark.parametrize(("factor", "unit"), [(1e4, None), (1e12, "ppm2"), (1e12, "ppm^2"), (1.0, "1")])
def test_a_covariance_beside_a_table_is_kept(
    read_fits: Callable[..., SpectrumTable], factor: float, unit: str | None
) -> None:
    table = read_fits(table_unit(), covariance_unit(factor * COVARIANCE, unit))
    np.testing.assert_allclose(table.covariance, COVARIANCE, rtol=1e-9)


def test_masked_numbers_are_left_out_of_both(read_fits: Callable[..., SpectrumTable]) -> None:
    unit = table_unit()
    unit.data["DEPTH"][3] = np.nan
    table = read_fits(unit, covariance_unit(1e4 * COVARIANCE))
    kept = np.arange(N) != 3
    assert table.left_out == 1
    np.testing.assert_allclose(table.covariance, COVARIANCE[np.ix_(kept, kept)], rtol=1e-9)


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ((), "has no table; is it cut off"),
        ((other_unit(), other_unit()), "no table with a wavelength and a transit depth .* LIGHTCURVE"),
        ((table_unit(name="A"), table_unit(name="B", unit="")), "in A and in B whose columns differ"),
        ((table_unit(), covariance_unit(COVARIANCE[:5, :5])), "a covariance of 5 channels, but 12 rows"),
        ((table_unit(), covariance_unit(-COVARIANCE)), "not positive definite"),
        ((table_unit(), covariance_unit(np.tri(N))), "not symmetric"),
        ((table_unit(), covariance_unit(np.full((N, N), np.nan))), "not finite"),
        ((table_unit(), covariance_unit(unit="mJy2")), "in 'mJy2', which is not the square of a unit"),
    ],
)
def test_what_fits_does_not_tell_is_one_sentence(
    read_fits: Callable[..., SpectrumTable], units: tuple[object, ...], said: str
) -> None:
    with pytest.raises(HarnessError, match=said):
        read_fits(*units)


def test_a_fits_file_that_lies_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    fits.HDUList([fits.PrimaryHDU(), table_unit()]).writeto(path)
    content = path.read_bytes()
    rows = f"NAXIS2  = {N:>20}".encode()
    assert rows in content
    path.write_bytes(content.replace(rows, b"NAXIS2  = %20d" % 10**12))
    with pytest.raises(HarnessError, match="more than the file"):
        read_spectrum_table(path)
    path.write_bytes(b"\x1f\x8b" + content)
    with pytest.raises(HarnessError, match="is not a FITS file"):
        read_spectrum_table(path)


def test_without_astropy_a_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fits.HDUList([fits.PrimaryHDU(), table_unit()]).writeto(tmp_path / "a.fits")
    monkeypatch.setitem(sys.modules, "astropy.io", None)
    with pytest.raises(HarnessError, match=r"pip install 'ariel-harness\[spectra\]'"):
        read_spectrum_table(tmp_path / "a.fits")


# name, numbers, attributes, as xarray writes the template of the JWST early release
VARIABLES = (
    ("transit_depth", DEPTH, {"units": ""}),
    ("transit_depth_error", ERROR, {"units": ""}),
    ("central_wavelength", WAVELENGTH, {"units": "micron"}),
    ("bin_half_width", WIDTH / 2, {"units": "micron"}),
)


def write_netcdf4(path: Path, covariance: bool = True) -> None:
    with h5py.File(path, "w") as file:
        for name, values, attributes in VARIABLES:
            file[name] = values
            file[name].attrs.update(attributes)
            file[name].attrs["_FillValue"] = np.array([np.nan])
        file["central_wavelength"].make_scale("central_wavelength")
        file["transit_depth"].dims[0].attach_scale(file["central_wavelength"])
        file["instrument"] = np.array(["NRS1"] * 5 + ["NRS2"] * 7, dtype=h5py.string_dtype())
        if covariance:
            file["covariance"] = COVARIANCE
            file["other"] = np.zeros(N)
            file["other"].make_scale("This is a netCDF dimension but not a netCDF variable.        12")


def test_netcdf_4_is_read_with_its_units(tmp_path: Path) -> None:
    write_netcdf4(tmp_path / "a.nc")
    table = read_spectrum_table(tmp_path / "a.nc")
    assert_is_the_spectrum(table)
    assert table.depth_unit == "fraction"
    assert table.groups == ("NRS1",) * 5 + ("NRS2",) * 7
    np.testing.assert_allclose(table.covariance, COVARIANCE)


def write_netcdf3(path: Path, comment: str | None = None) -> None:
    with netcdf_file(path, "w") as file:
        file.createDimension("central_wavelength", N)
        if comment is not None:
            file.comment = comment
        for name, values, attributes in VARIABLES:
            variable = file.createVariable(name, "d", ("central_wavelength",))
            variable[:] = values
            variable.units = attributes["units"]


def test_netcdf_3_is_read_with_its_units(tmp_path: Path) -> None:
    write_netcdf3(tmp_path / "a.nc")
    assert_is_the_spectrum(read_spectrum_table(tmp_path / "a.nc"))


def test_packed_numbers_are_unpacked(tmp_path: Path) -> None:
    write_netcdf4(tmp_path / "a.nc", covariance=False)
    with h5py.File(tmp_path / "a.nc", "a") as file:
        del file["transit_depth"]
        file["transit_depth"] = np.where(np.arange(N) == 2, -9, np.round(DEPTH * 1e9)).astype(np.int32)
        file["transit_depth"].attrs.update({"scale_factor": 1e-3, "_FillValue": np.int32(-9), "units": "ppm"})
    table = read_spectrum_table(tmp_path / "a.nc")
    assert table.left_out == 1
    np.testing.assert_allclose(table.depth, np.delete(DEPTH, 2), rtol=1e-6)


def test_a_netcdf_file_points_nowhere_else(tmp_path: Path) -> None:
    write_netcdf4(tmp_path / "secret.nc")
    write_netcdf4(tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "a") as file:
        del file["transit_depth"]
        file["transit_depth"] = h5py.ExternalLink(os.fspath(tmp_path / "secret.nc"), "/transit_depth")
    with pytest.raises(HarnessError, match="is a link to another place"):
        read_spectrum_table(tmp_path / "a.nc")


def test_npz_holds_columns_and_a_covariance(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", wavelength_um=WAVELENGTH, width=WIDTH, depth=DEPTH, covariance=COVARIANCE)
    table = read_spectrum_table(tmp_path / "a.npz")
    assert_is_the_spectrum(table)
    np.testing.assert_allclose(table.covariance, COVARIANCE)


@pytest.mark.parametrize(
    ("name", "write", "said"),
    [
        ("a.npz", lambda path: np.savez_compressed(path, wavelength=np.zeros(2**24)), "unpacks to 128 MiB"),
        ("a.npz", lambda path: np.savez(path, a=np.array([{}], dtype=object)), "not a readable .npz file"),
        ("a.npz", lambda path: path.write_bytes(b"PK\x03\x04"), "not a readable .npz file"),
        ("a.npz", lambda path: np.savez(path, a=np.array(["word"])), "has no array of real numbers"),
        ("a.nc", lambda path: path.write_bytes(b"CDF\x01\x00\x00"), "is damaged"),
        ("a.nc", lambda path: path.write_bytes(b"hello"), "not an HDF5 file"),
        (
            "a.nc",
            lambda path: h5py.File(path, "w").create_group("spectrum").file.close(),
            r"groups \(spectrum\)",
        ),
    ],
)
def test_what_is_no_spectrum_is_one_sentence(
    tmp_path: Path, name: str, write: Callable[[Path], object], said: str
) -> None:
    write(tmp_path / name)
    with pytest.raises(HarnessError, match=said):
        read_spectrum_table(tmp_path / name)


@pytest.mark.parametrize("kind", [".fits", ".nc", ".npz"])
def test_damaged_files_are_read_or_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a{kind}"
    if kind == ".fits":
        fits.HDUList([fits.PrimaryHDU(), table_unit(), covariance_unit()]).writeto(path)
    elif kind == ".nc":
        write_netcdf4(path)
    else:
        np.savez(path, wavelength_um=WAVELENGTH, width=WIDTH, depth=DEPTH, covariance=COVARIANCE)
    whole = path.read_bytes()
    generator = np.random.default_rng(0)
    for trial in range(40):
        damaged = bytearray(whole)
        at = int(generator.integers(min(len(whole), 6000)))
        if trial % 3 == 0:
            del damaged[at:]
        elif trial % 3 == 1:
            del damaged[at : at + 50]
        else:
            for place in generator.integers(min(len(whole), 6000), size=5).tolist():
                damaged[place] = int(generator.integers(256))
        path.write_bytes(damaged)
        try:
            read_spectrum_table(path)
        except HarnessError as error:
            assert "\n" not in str(error)  # noqa: PT017, most are refused, some are not


def of_two_sigma(where: str) -> fits.HDUList:
    made = fits.HDUList([fits.PrimaryHDU(), table_unit()])
    if where == "primary":
        made[0].header["HISTORY"] = "Binned; the uncertainties are 2 sigma."
    elif where == "comment":
        made[1].header["COMMENT"] = "Errors: 2-sigma errors"
    elif where == "name":
        made[1].header.comments["TTYPE4"] = "2 sigma"
    else:
        made[1].header["TCOMM4"] = "95% of the time"
    return made


@pytest.mark.parametrize("where", ["primary", "comment", "name", "column"])
def test_errors_of_two_sigma_are_told_by_the_header_of_a_fits_file(tmp_path: Path, where: str) -> None:
    of_two_sigma(where).writeto(tmp_path / "a.fits")
    with pytest.raises(HarnessError, match="convert its errors to 1 sigma"):
        read_spectrum_table(tmp_path / "a.fits")


def test_what_another_table_says_of_its_errors_is_not_of_the_spectrum(
    read_fits: Callable[..., SpectrumTable],
) -> None:
    other = other_unit()
    other.header["COMMENT"] = "Errors: 3-sigma errors"
    assert_is_the_spectrum(read_fits(other, table_unit()))


def test_they_are_told_by_the_attributes_of_a_netcdf_file(tmp_path: Path) -> None:
    for own, said in ((True, "2-sigma"), (False, "With 2-sigma errors")):
        path = tmp_path / f"{own}.nc"
        write_netcdf4(path, covariance=False)
        with h5py.File(path, "a") as file:
            (file["transit_depth_error"] if own else file).attrs["description"] = said
        with pytest.raises(HarnessError, match="convert its errors to 1 sigma"):
            read_spectrum_table(path)
    write_netcdf3(tmp_path / "a.nc", comment="the error bars are of 3 sigma")
    with pytest.raises(HarnessError, match="convert its errors to 1 sigma"):
        read_spectrum_table(tmp_path / "a.nc")
