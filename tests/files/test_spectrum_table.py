"""Spectra in text files, as their communities and their programs write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.files.column_names import Role
from harness.files.spectrum_columns import Given
from harness.files.spectrum_table import SpectrumTable, read_spectrum_table

WAVELENGTH = np.array([0.55, 0.65, 0.76, 0.88, 1.01, 1.15, 1.3])
WIDTH = np.array([0.1, 0.105, 0.115, 0.125, 0.135, 0.145, 0.15])
DEPTH = np.array([0.0071, 0.0068, 0.0073, 0.0069, 0.0075, 0.0072, 0.0074])
ERROR = np.array([3e-5, 2e-5, 4e-5, 3e-5, 5e-5, 3e-5, 4e-5])
ALL = (WAVELENGTH, WIDTH, DEPTH, ERROR)


def rows(*columns: np.ndarray, between: str = " ", head: str = "", decimal: str = ".") -> str:
    lines = (
        between.join(f"{x:.9g}" for x in row).replace(".", decimal) for row in zip(*columns, strict=True)
    )
    return head + "\n".join(lines) + "\n"


def of_kinds(name: str, one: str, other: str) -> str:
    """A table with a column of words, the last row's another than that of the others."""
    lines = rows(WAVELENGTH, DEPTH, ERROR).splitlines()
    words = [one] * (len(lines) - 1) + [other]
    told = (f"{line} {word}\n" for line, word in zip(lines, words, strict=True))
    return f"wl depth err {name}\n" + "".join(told)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., SpectrumTable]:
    def write_and_read(content: str | bytes, **given: object) -> SpectrumTable:
        path = tmp_path / "spectrum.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_spectrum_table(path, Given(**given) if given else None)  # type: ignore[arg-type]

    return write_and_read


def assert_is_the_spectrum(table: SpectrumTable, *, widths: bool = False) -> None:
    np.testing.assert_allclose(table.wavelength, WAVELENGTH, rtol=1e-8)
    np.testing.assert_allclose(table.depth, DEPTH, rtol=1e-8)
    np.testing.assert_allclose(table.error, ERROR, rtol=1e-8)
    if widths:
        np.testing.assert_allclose(table.width, WIDTH, rtol=1e-8)


PLAIN = rows(WAVELENGTH, DEPTH, ERROR)
ECSV = (
    "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {name: wl, unit: nm, datatype: float64}\n"
    "# - {name: err, unit: ppm, datatype: float64}\n# - {name: depth, unit: '%', datatype: float64}\n"
)
RULE = "-" * 80 + "\n"
BARS = "\\PL_NAME = made up\n|CENTRALWAVELNG|PL_TRANDEP|PL_TRANDEPERR1|PL_TRANDEPERR2|PL_RATROR|NOTE|\n"
ARCHIVE = (
    f"{BARS}|double|double|double|double|double|char|\n|microns|%||||\n|null|null|null|null|null|null|\n"
)

TABLES = {
    "nothing but numbers": PLAIN,
    "Windows line ends": PLAIN.replace("\n", "\r\n"),
    "a byte-order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "Unicode text as Excel writes it": PLAIN.replace(" ", "\t").encode("utf-16"),
    "a Latin-1 micron": "wavelength (µm);depth;err\n".encode("cp1252") + PLAIN.replace(" ", ";").encode(),
    "commas": rows(WAVELENGTH, DEPTH, ERROR, between=", "),
    "a comma after each row": rows(WAVELENGTH, DEPTH, ERROR, between=",").replace("\n", ",\n"),
    "tabs": rows(WAVELENGTH, DEPTH, ERROR, between="\t", head="Wave length\tTransit depth\tIts error\n"),
    "semicolons": rows(WAVELENGTH, DEPTH, ERROR, between=";", head="wl;depth;noise\n"),
    "decimal commas": rows(WAVELENGTH, DEPTH, ERROR, between=";", decimal=",", head="wl;depth;noise\n"),
    "decimal commas between tabs": rows(WAVELENGTH, DEPTH, ERROR, between="\t", decimal=","),
    "decimal commas between spaces": rows(WAVELENGTH, DEPTH, ERROR, between="  ", decimal=","),
    "quotes": rows(WAVELENGTH, ERROR, DEPTH, between='","', head='wavelength","error","depth\n')
    .replace("\n", '"\n"')
    .join(['"', ""])[:-1],
    "an index": "".join(
        f"{at},{line}\n"
        for at, line in enumerate(rows(WAVELENGTH, DEPTH, ERROR, between=",").split(), start=-1)
    ).replace("-1,", ",wavelength,depth,noise\n0,", 1),
    "a title": "WASP-39 b, seen by JWST\nwavelength depth error\n" + PLAIN,
    "units under the names": "wavelength,depth,error\num,,\n" + rows(WAVELENGTH, DEPTH, ERROR, between=","),
    "ppm under the names": "wavelength,depth,error\nnm,ppm,ppm\n"
    + rows(WAVELENGTH * 1e3, DEPTH * 1e6, ERROR * 1e6, between=","),
    "units in the names": rows(
        WAVELENGTH * 1e3, DEPTH * 1e6, ERROR * 1e2, between=",", head="wl_nm,depth (ppm),error [%]\n"
    ),
    "one unit for depth and error": rows(WAVELENGTH, DEPTH * 1e6, ERROR * 1e6, head="wl depth[ppm] err\n"),
    "Angstrom": rows(WAVELENGTH * 1e4, DEPTH, ERROR, head="# lambda (A)  depth  sigma\n"),
    "metres": rows(WAVELENGTH * 1e-6, DEPTH, ERROR, head="wavelength[m] depth noise\n"),
    "wavenumbers": rows(1e4 / WAVELENGTH, DEPTH, ERROR, head="wavenumber depth noise\n"),
    "the error first": rows(WAVELENGTH, ERROR, DEPTH, between=",", head="wavelength,error,depth\n"),
    "radius ratios": rows(WAVELENGTH, DEPTH**0.5, ERROR / 2 / DEPTH**0.5, head="# wave  Rp/Rs  Rp/Rs_err\n"),
    "two errors": rows(WAVELENGTH, DEPTH, -0.9 * ERROR, 1.1 * ERROR, head="wl depth err- err+\n"),
    "ECSV": ECSV + rows(WAVELENGTH * 1e3, ERROR * 1e6, DEPTH * 1e2, between=",", head="wl,err,depth\n"),
    "an archive's table": ARCHIVE
    + rows(WAVELENGTH, DEPTH * 1e2, ERROR * 1e2, -ERROR * 1e2).replace("\n", " null -\n"),
    "tabs and spaces": "wl\tdepth  err\n"
    + "".join(f"{x:g}\t{d:g}  {e:g}\t\n" for x, d, e in zip(WAVELENGTH, DEPTH, ERROR, strict=True)),
    "bars": rows(WAVELENGTH, DEPTH, ERROR, between="|", head="wl|depth|err\n"),
    "names of several words": rows(
        WAVELENGTH * 1e3,
        ERROR * 1e6,
        DEPTH * 100,
        head="Wave length (nm)   Its error (ppm)   Transit depth (%)\n",
    ),
    "a semicolon before the names": rows(WAVELENGTH, ERROR, DEPTH, head="; wl err depth\n"),
    "two slashes before the names": rows(WAVELENGTH, ERROR, DEPTH, head="// wl err depth\n"),
    "thousands separators in quotes": "wl [nm],err [ppm],depth [ppm]\n"
    + "".join(
        f'"{x:,.2f}","{e:,.2f}","{d:,.2f}"\n'
        for x, e, d in zip(WAVELENGTH * 1e3, ERROR * 1e6, DEPTH * 1e6, strict=True)
    ),
    "thousands separators of a German": "wl [nm];err [ppm];depth [ppm]\n"
    + "".join(
        f"{x:,.2f};{e:,.2f};{d:,.2f}\n".translate(str.maketrans(",.", ".,"))
        for x, e, d in zip(WAVELENGTH * 1e3, ERROR * 1e6, DEPTH * 1e6, strict=True)
    ),
    "decimal commas between commas and spaces": rows(
        WAVELENGTH, DEPTH, ERROR, between="; ", decimal=","
    ).replace(";", ","),
    "Fortran's exponents": rows(WAVELENGTH * 1e4, DEPTH, ERROR, head="lambda[A] depth err\n").replace(
        "e-0", "D-0"
    ),
    "ECSV with words": ECSV.replace("','", "' '").replace(
        "# - {name: err", "# - {name: mode, datatype: string}\n# - {name: err"
    )
    + "wl mode err depth\n"
    + "".join(
        f'{x:.9g} "NIRSpec PRISM" {e:.9g} {d:.9g}\n'
        for x, e, d in zip(WAVELENGTH * 1e3, ERROR * 1e6, DEPTH * 1e2, strict=True)
    ),
    "an archive's CSV": "# from the archive\n"
    "centralwavelng,pl_trandep,pl_trandeperr1,pl_trandeperr2,pl_trandeplim,"
    "pl_ratror,pl_ratrorerr1,pl_ratrorerr2,instrument\n"
    + rows(WAVELENGTH, DEPTH * 1e2, ERROR * 1e2, -ERROR * 1e2, between=",").replace(
        "\n", ',0,,,,"Webb, NIRSpec"\n'
    ),
    "units in brackets under the names": "wl,depth,err\n(nm),(%),(ppm)\n"
    + rows(WAVELENGTH * 1e3, DEPTH * 1e2, ERROR * 1e6, between=","),
    "units in a remark under that of the names": "# wl depth err\n# um ppt ppt\n"
    + rows(WAVELENGTH, DEPTH * 1e3, ERROR * 1e3),
    "a rule under the units": "Wave length   Transit depth   Error\n[um]   [ppt]   [ppt]\n-----------\n"
    + rows(WAVELENGTH, DEPTH * 1e3, ERROR * 1e3, between="   "),
    "a table of VizieR": "#Column\tlambda\t(F7.4)\tWavelength\nlambda;Depth;e_Depth\num;ppm;ppm\n"
    "------;-----;-------\n" + rows(WAVELENGTH, DEPTH * 1e6, ERROR * 1e6, between=";"),
    "a table of Markdown": "| wl (um) | depth (%) | err (%) |\n|---|:---:|--:|\n"
    + "".join(f"| {x:g} | {d * 100:g} | {e * 100:g} |\n" for x, d, e in zip(*ALL[::2], ERROR, strict=True)),
    "thousands separators of the Swiss": "wl [nm];depth [ppm];err [ppm]\n"
    + "".join(
        f"{x:.0f};{d:,.1f};{e:.1f}\n".replace(",", "'")
        for x, d, e in zip(WAVELENGTH * 1e3, DEPTH * 1e6, ERROR * 1e6, strict=True)
    ),
    "a typesetter's minus": rows(WAVELENGTH, DEPTH, -ERROR, ERROR, head="wl depth err- err+\n").replace(
        " -", " \N{MINUS SIGN}"
    ),
    "a machine-readable table of a journal": "Title: Of a planet\nTable: 2\n"
    + RULE
    + "Byte-by-byte Description of file: t2.txt\n"
    + RULE
    + " Bytes Format Units Label Explanations\n"
    + RULE
    + " 1- 6 F6.3 um lambda Wavelength\n 8-15 F8.2 10-6 Depth Transit depth\n"
    "17-20 F4.1 10-6 e_Depth Lower\n22-25 F4.1 10-6 E_Depth Upper\n27-30 A4 --- Inst Instrument\n"
    + RULE
    + "".join(
        f"{x:6.3f} {d * 1e6:8.2f} {0.9 * e * 1e6:4.1f} {1.1 * e * 1e6:4.1f} a b\n"
        for x, d, e in zip(WAVELENGTH, DEPTH, ERROR, strict=True)
    ),
    "columns listed by their numbers": "# Column 1: wavelength (nm)\n# Column 2: upper error (ppm)\n"
    "# Column 3: lower error (ppm)\n# Column 4: transit depth (%)\n"
    + rows(WAVELENGTH * 1e3, ERROR * 1.1e6, ERROR * 0.9e6, DEPTH * 100),
    "names up to their units": rows(
        WAVELENGTH * 1e3,
        ERROR * 1e6,
        DEPTH * 100,
        head="# Wave length [nm] Its error [ppm] Transit depth [%]\n",
    ),
    "units in a remark over that of the names": "# um ppt ppt\n# wl depth err\n"
    + rows(WAVELENGTH, DEPTH * 1e3, ERROR * 1e3),
    "a table of TeX": "\\begin{tabular}{ccc}\nWavelength & Depth & $\\sigma$ \\\\\n"
    "$\\mathrm{\\mu m}$ & \\% & $\\mathrm{ppm}$ \\\\\n\\hline\n"
    + rows(WAVELENGTH, DEPTH * 100, ERROR * 1e6, between=" & ").replace("\n", " \\\\\n")
    + "\\hline\n\\end{tabular}\n",
    "a table of AASTeX": "\\tablehead{\\colhead{$\\lambda$ ($\\mu$m)} & \\colhead{Error (ppm)} & "
    "\\colhead{Depth (\\%)}}\n"
    "\\startdata\n"
    + rows(WAVELENGTH, ERROR * 1e6, DEPTH * 100, between=" & ").replace("\n", " \\\\\n")
    + "\\enddata\n",
    "a table of reStructuredText": "==== ==== ====\n  wl  err depth\n==== ==== ====\n"
    + rows(WAVELENGTH, ERROR, DEPTH)
    + "==== ==== ====\n",
    "names of rows, as R writes them": '"wl" "err" "depth"\n'
    + "".join(
        f'"{at}" {x:.9g} {e:.9g} {d:.9g}\n'
        for at, (x, d, e) in enumerate(zip(WAVELENGTH, DEPTH, ERROR, strict=True), start=1)
    ),
    "errors of another quantity": rows(
        WAVELENGTH, DEPTH, ERROR, DEPTH * 30, DEPTH, head="wl depth sigma u1 u1_err\n"
    ),
    "an archive's table of ratios": ARCHIVE
    + "".join(
        f"{one:.9g} null null null {ratio:.9g} a\n" for one, ratio in zip(WAVELENGTH, DEPTH**0.5, strict=True)
    ),
}


@pytest.mark.parametrize("name", [name for name in TABLES if name != "an archive's table of ratios"])
def test_a_spectrum_is_read(read: Callable[..., SpectrumTable], name: str) -> None:
    assert_is_the_spectrum(read(TABLES[name]))


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0)])
def test_three_columns_are_told_by_their_numbers(
    read: Callable[..., SpectrumTable], order: tuple[int, ...]
) -> None:
    columns = (WAVELENGTH, DEPTH, ERROR)
    assert_is_the_spectrum(read(rows(*(columns[at] for at in order))))


def test_an_error_beside_a_ratio_is_of_the_ratio(read: Callable[..., SpectrumTable]) -> None:
    ratio = DEPTH**0.5
    assert_is_the_spectrum(
        read(rows(WAVELENGTH, ratio, ERROR / (2 * ratio), head="wl,Rp/R⋆,err\n", between=","))
    )


def test_ratios_are_squared_where_an_archive_has_no_depths(read: Callable[..., SpectrumTable]) -> None:
    table = read(TABLES["an archive's table of ratios"])
    np.testing.assert_allclose(table.depth, DEPTH, rtol=1e-8)
    assert table.error is None


def test_errors_as_large_as_depths_are_not_taken_for_them(read: Callable[..., SpectrumTable]) -> None:
    uneven = np.geomspace(0.01, 0.1, len(WAVELENGTH))
    table = read(rows(WAVELENGTH, DEPTH, uneven))
    np.testing.assert_allclose(table.depth, DEPTH)
    np.testing.assert_allclose(table.error, uneven)


def test_depths_as_large_as_widths_are_told_from_them(read: Callable[..., SpectrumTable]) -> None:
    wavelength = np.geomspace(0.6, 5, 100)
    depth = 0.0214 + 1e-4 * np.sin(wavelength)
    width = np.gradient(wavelength)
    assert 0.35 < np.median(depth / width) < 1.3
    table = read(rows(wavelength, width, depth, np.full(100, 1e-4)))
    np.testing.assert_allclose(table.depth, depth, rtol=1e-6)
    np.testing.assert_allclose(table.width, width, rtol=1e-6)


WIDE = {
    "TauREx": rows(WAVELENGTH, DEPTH, ERROR, WIDTH),
    "TauREx, going down": rows(*(column[::-1] for column in (WAVELENGTH, DEPTH, ERROR, WIDTH))),
    "full widths second": rows(WAVELENGTH, WIDTH, DEPTH, ERROR),
    "half widths second": rows(WAVELENGTH, WIDTH / 2, DEPTH, ERROR),
    "depths first": rows(DEPTH, ERROR, WAVELENGTH, WIDTH / 2),
    "edges": rows(WAVELENGTH - WIDTH / 2, WAVELENGTH + WIDTH / 2, DEPTH, ERROR),
    "edges by name": rows(
        WAVELENGTH * 1e3 - WIDTH * 500,
        WAVELENGTH * 1e3 + WIDTH * 500,
        DEPTH,
        ERROR,
        head="wl_min[nm] wl_max[nm] depth err\n",
    ),
    "edges in a cell": "Wavelength (um),Error (ppm),Depth (%)\n"
    + "".join(
        f"{x - w / 2:.5f}{dash}{x + w / 2:.5f},{e * 1e6:.9g},{d * 100:.9g}\n"
        for x, w, d, e, dash in zip(*ALL, ("-", " - ", "–", "--", " to ", "-", "-"), strict=True)
    ),
    "half widths by name": rows(WAVELENGTH, WIDTH / 2, DEPTH, ERROR, head="# wl  half-width  depth  err\n"),
    "full widths of that name": rows(WAVELENGTH, WIDTH, DEPTH, ERROR, head="wl bin_width depth err\n"),
    "half widths of that name": rows(WAVELENGTH, WIDTH / 2, DEPTH, ERROR, head="wl bin_width depth err\n"),
    "two errors by their signs": rows(WAVELENGTH, WIDTH, DEPTH, ERROR * 1.1, -ERROR * 0.9),
    "two errors alike": rows(WAVELENGTH, WIDTH, DEPTH, ERROR, ERROR),
    "Pyrat Bay": "@DEPTH_UNITS\nppm\n# depth  err  wl  half_width  instrument\n@DATA\n"
    + rows(DEPTH * 1e6, ERROR * 1e6, WAVELENGTH, WIDTH / 2).replace("\n", "  nirspec_prism\n"),
    "a word after each row": rows(WAVELENGTH, WIDTH / 2, DEPTH, ERROR).replace("\n", "  boxcar\n"),
}


@pytest.mark.parametrize("name", WIDE)
def test_widths_are_told_to_be_half_or_full(read: Callable[..., SpectrumTable], name: str) -> None:
    table = read(WIDE[name])
    if "going down" in name:
        assert table.wavelength[0] == WAVELENGTH[-1]
        np.testing.assert_allclose(table.width, WIDTH[::-1])
    else:
        assert_is_the_spectrum(table, widths=True)


def test_what_numbers_do_not_tell_is_asked(read: Callable[..., SpectrumTable]) -> None:
    random = np.random.default_rng(0).uniform(0.1, 1, (20, 4))
    with pytest.raises(
        HarnessError, match=r"4 columns and no line of names .* --columns wavelength,depth,error,width"
    ):
        read(rows(*random.T))
    ambiguous = read(rows(WAVELENGTH, WIDTH * 0.7, DEPTH, ERROR, head="wl width depth err\n"))
    assert ambiguous.width is None
    assert ambiguous.width_note is not None
    assert "half or full, which their spacing does not tell" in ambiguous.width_note


def test_a_clipping_of_several_sigma_says_nothing_of_the_errors(read: Callable[..., SpectrumTable]) -> None:
    table = read("# Errors after 5-sigma clipping of the light curves.\n" + PLAIN)
    assert table.error == pytest.approx(ERROR)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (rows(*ALL[:3], head="a b c\n"), r"The header of .* \(a, b, c\) names no wavelength"),
        (
            rows(*ALL[:3], head="# wavelength flux error\n"),
            r"\(wavelength, flux, error\) names no transit depth",
        ),
        (
            rows(*ALL[:3], head="wavelength eclipse_depth error\n"),
            "names no transit depth, but the light of the planet, as an emission spectrum",
        ),
        (rows(*ALL[:3], head="wl depth 3sigma\n"), "errors of more than 1 sigma, in '3sigma'"),
        (
            rows(*ALL[:3], head="wl depth relative_error\n"),
            "names errors that are shares of the depths, in 'relative_error'; convert them to depths and",
        ),
        (
            rows(*ALL[:3], head="wl,sqrt(depth),err\n", between=","),
            r"names no transit depth, but a root of the depths, in 'sqrt\(depth\)'; convert them",
        ),
        (
            rows(*ALL, ERROR * 1.1),
            "5 columns and no line of names .* as with --columns wavelength,width,dept",
        ),
        (rows(DEPTH, np.linspace(2e-5, 3e-5, 7), WAVELENGTH * 1e-6), "3 columns and no line of names"),
        (
            "# 1: wl (um)\n# 2: depth\n# 3: 2-sigma error\n" + PLAIN,
            "errors of more than 1 sigma, in '2-sigma error'; convert them",
        ),
        (
            rows(*ALL[:3], head="# Wavelength [um] Depth [%] 3 sigma error [%]\n"),
            "errors of more than 1 sigma, in '3 sigma error",
        ),
        (
            rows(WAVELENGTH, DEPTH**0.5, ERROR, head="wl Rp/Rs depth_err\n"),
            "names errors of the depths beside ratios of radii; say what",
        ),
        (
            "# The errors are 2-sigma.\n" + PLAIN,
            "says 'The errors are 2-sigma.': convert its errors to 1 sigma",
        ),
        (
            ECSV.replace("name: err, unit: ppm", "name: err, unit: ppm, description: 2-sigma")
            + rows(WAVELENGTH * 1e3, ERROR * 1e6, DEPTH * 1e2, between=",", head="wl,err,depth\n"),
            "says 'err 2-sigma': convert its errors",
        ),
        ("# 95% of time\n# wl depth err\n# 3 sigma errors\n" + PLAIN, "says '3 sigma errors': convert"),
        (of_kinds("planet", "WASP-39b", "WASP-96b"), "rows of 2 planets in its column 'planet' .WASP-39b, W"),
        (of_kinds("kind", "transit", "eclipse"), "rows of 'eclipse' in its column 'kind', which are no tran"),
        (rows(*ALL[:3], head="log10_wavelength depth err\n"), "names no wavelength"),
        (rows(*ALL[:3], head="wl,depth (mag),err\n", between=","), "in 'mag', which is not a unit known"),
        (rows(WAVELENGTH, WIDTH, DEPTH * 4), "3 columns and no line of names"),
        (rows(WAVELENGTH, WIDTH, 100 * DEPTH).replace("\n", "%\n"), "cells such as '0.71%' in column 3"),
        (rows(*ALL, head="wl depth_a depth err\n"), "names several columns of depth"),
        (rows(*ALL[:3], head="wl[parsec] depth err\n"), "in 'parsec', which is not a unit known here"),
        (rows(*ALL[:3], head="wl depth[mJy] err\n"), "depths of .* are in 'mJy', which is not a unit known"),
        (
            rows(WAVELENGTH, DEPTH, ERROR).replace("0.0073", "deep"),
            "line 3: .*deep.* is not a row of numbers: 'deep' in column 2 is none; write it as one, or nan",
        ),
        (rows(WAVELENGTH, DEPTH, ERROR).replace(" 4e-05", "", 1), "line 3 has 2 where line 1 has 3"),
        (
            rows(WAVELENGTH, 20 * DEPTH**0.5, ERROR, head="wl Rp/Rs err\n"),
            "ratios of planet to star radius of 1",
        ),
        ("hello\nworld\n", "it has no row of numbers"),
        (b"0.5 0.1\n\x00\x01", "is not a text file"),
        ("0.5 0.1\n" + "1" * 200_000, "line 2 has 200,000 letters"),
        ("0.5 1e999\n0.6 1e300\n", "a number in none of its 2 rows of transit depth"),
    ],
)
def test_what_cannot_be_told_is_one_sentence(
    read: Callable[..., SpectrumTable], content: str | bytes, said: str
) -> None:
    with pytest.raises(HarnessError, match=said) as caught:
        read(content)
    assert "\n" not in str(caught.value)


def test_its_user_may_say_what_a_file_does_not(read: Callable[..., SpectrumTable]) -> None:
    named = ("error", "skip", "depth", "wavelength")
    units = {"wavelength": "nm", "depth": "%", "error": "ppm"}
    content = rows(ERROR * 1e6, WIDTH, DEPTH * 100, WAVELENGTH * 1e3, head="one two three four\n")
    assert_is_the_spectrum(read(content, columns=named, units=units))
    with pytest.raises(HarnessError, match=r"names 2 columns, but .* has 4"):
        read(content, columns=("wavelength", "depth"))
    with pytest.raises(HarnessError, match=r"a column 'colour', which is none of wavelength, .*half width"):
        read(content, columns=("wavelength", "depth", "error", "colour"))
    with pytest.raises(HarnessError, match="names no wavelength"):
        read(content, columns=("depth", "error", "skip", "skip"))


def test_limits_are_left_out(read: Callable[..., SpectrumTable]) -> None:
    flagged = PLAIN.replace("\n", " 0\n").replace("4e-05 0", "4e-05 1", 1)
    table = read("wl depth err depthlim\n" + flagged)
    assert table.limits == table.left_out == 1
    assert read(PLAIN.replace("0.0073", "<0.0073")).left_out == 1


def test_an_empty_last_cell_is_a_missing_number(read: Callable[..., SpectrumTable]) -> None:
    table = read("wl,depth,err\n" + PLAIN.replace(" ", ",").replace(",4e-05", ",", 1))
    assert np.isnan(table.error[2])
    np.testing.assert_allclose(table.depth, DEPTH)


def test_a_width_has_a_unit_of_its_own(read: Callable[..., SpectrumTable]) -> None:
    table = read(
        rows(1e4 / WAVELENGTH, WIDTH * 1e3, DEPTH, ERROR, head="wn[cm-1] full_width[nm] depth err\n")
    )
    np.testing.assert_allclose(table.width, WIDTH, rtol=1e-8)
    overlapping = read(rows(WAVELENGTH, 3 * WIDTH, DEPTH, ERROR, head="wl full_width depth err\n"))
    assert overlapping.width_note == "full, by the name"
    np.testing.assert_allclose(overlapping.width, 3 * WIDTH)


def test_rows_without_a_depth_are_left_out_and_counted(read: Callable[..., SpectrumTable]) -> None:
    table = read(PLAIN.replace("0.0073", "nan").replace("0.0069", "null"))
    assert table.left_out == 2
    np.testing.assert_allclose(table.wavelength, np.delete(WAVELENGTH, [2, 3]))


REAL = {
    "WASP39b_NIRSpec_PRISM_prt.dat": (147, "full", 0.52132, 2.0842e-2, 3.044e-4, 8.498e-3),
    "WASP39b_NIRISS_SOSS_O1_prt.dat": (108, "full", 0.87711, 2.1005e-2, 8.431e-5, 8.905e-3),
    "WASP39b_NIRISS_SOSS_O2_prt.dat": (27, "full", 0.63298, 2.0841e-2, 1.407e-4, 6.714e-3),
    "WASP39b_all_JWST_pyratbay.dat": (383, "half", 0.52132, 2.0667e-2, 2.742e-4, 8.5e-3),
    "HD209458b_STIS_WFC3_IRAC_Sing2016.txt": (124, "half", 0.3072, 1.4926e-2, 1.3927e-4, 0.0176),
    "WASP107b_JWST.txt": (265, "half", 0.8916, 0.020641, 8.2e-5, 0.025454),
}


@pytest.mark.parametrize("name", REAL)
def test_real_spectra_are_read_as_their_communities_wrote_them(shared_data: Path, name: str) -> None:
    table = read_spectrum_table(shared_data / "spectra" / name)
    points, kind, wavelength, depth, error, width = REAL[name]
    assert len(table.wavelength) == points
    assert table.depth is not None
    assert table.error is not None
    assert table.width is not None
    assert table.width_note is not None
    assert table.width_note.startswith(kind)
    first = (table.wavelength[0], table.depth[0], table.error[0], table.width[0])
    np.testing.assert_allclose(first, (wavelength, depth, error, width), rtol=2e-3)
    assert table.left_out == 0


def test_a_file_of_no_spectrum_is_refused(shared_data: Path) -> None:
    with pytest.raises(HarnessError, match="has no row of numbers"):
        read_spectrum_table(shared_data / "spectra" / "WASP39b_published_retrieval.txt")


def test_a_file_of_errors_has_them_beside_the_wavelengths(
    read: Callable[..., SpectrumTable], tmp_path: Path
) -> None:
    path = tmp_path / "noise.txt"
    path.write_text(rows(WAVELENGTH, ERROR))
    table = read_spectrum_table(path, alone=Role.ERROR)
    assert table.depth is None
    np.testing.assert_allclose(table.error, ERROR)
    path.write_text(rows(WAVELENGTH, DEPTH, head="wavelength depth\n"))
    with pytest.raises(HarnessError, match="names no error"):
        read_spectrum_table(path, alone=Role.ERROR)


@pytest.mark.parametrize("mark", ["…", "—", "#N/A", "\\nodata", "1e30", "9.96921e+36", "?"])
@pytest.mark.parametrize("between", [" ", ","])
def test_marks_of_missing_numbers_are_known(
    read: Callable[..., SpectrumTable], mark: str, between: str
) -> None:
    lines = rows(WAVELENGTH, DEPTH, ERROR, between=between).splitlines()
    lines[2] = between.join((f"{WAVELENGTH[2]:g}", mark, mark))
    table = read("\n".join(lines) + "\n")
    assert table.left_out == 1
    np.testing.assert_allclose(table.depth, np.delete(DEPTH, 2))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_byte_order_mark(read: Callable[..., SpectrumTable], encoding: str) -> None:
    content = rows(WAVELENGTH, DEPTH, ERROR, head="λ\tdepth\terr\n", between="\t").encode(encoding)
    assert_is_the_spectrum(read(content))


def test_a_missing_width_leaves_the_others_to_be_told(read: Callable[..., SpectrumTable]) -> None:
    width = WIDTH.copy()
    width[3] = np.nan
    table = read(rows(WAVELENGTH, width, DEPTH, ERROR, head="wl width depth err\n"))
    assert table.width_note == "full: 1.02 of the spacing"


@pytest.mark.parametrize("name", ["visit", "detector", "order", "offset_group"])
def test_numbers_may_tell_instruments(read: Callable[..., SpectrumTable], name: str) -> None:
    table = read(rows(*ALL, np.array([1, 1, 1, 2, 2, 2, 2]), head=f"wl width depth err {name}\n"))
    assert table.groups == ("group 1",) * 3 + ("group 2",) * 4


def test_a_word_for_each_row_is_no_instrument(read: Callable[..., SpectrumTable]) -> None:
    lines = rows(*ALL).splitlines()
    table = read("wl width depth err id\n" + "".join(f"{line} ch{at}\n" for at, line in enumerate(lines)))
    assert table.groups is None
    np.testing.assert_allclose(table.width, WIDTH)


@pytest.mark.parametrize(("name", "common", "rare"), [("good", "True", "False"), ("quality", "0", "4")])
def test_marks_of_rows_are_told_and_are_no_instruments(
    read: Callable[..., SpectrumTable], name: str, common: str, rare: str
) -> None:
    lines = rows(WAVELENGTH, DEPTH, ERROR).splitlines()
    marked = [f"{line} {rare if at == 2 else common}" for at, line in enumerate(lines)]
    table = read(f"wl depth err {name}\n" + "\n".join(marked))
    assert table.groups is None
    (told,) = table.marks
    assert told.startswith(
        f"The column '{name}' marks rows ({common} in 6, another in 1), and all of them are"
    )
