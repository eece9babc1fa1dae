"""Columns by the names that people give them."""

import pytest

from harness.files.column_names import Role, read_name, strange

NAMES = {
    Role.WAVELENGTH: (
        "wavelength",
        "Wavelength (microns)",
        "wl",
        "wave",
        "λ",
        "lam",
        "CENTRALWAVELNG",
        "instrument_wlgrid",
        "central wavelength",
        "wavenumber [cm-1]",
        "micron",
        "um",
    ),
    Role.SHORTEST: ("wn_low [cm-1]", "wave_low", "wl_min", "lower_wavelength", "bin_low", "wavelength_start"),
    Role.LONGEST: ("wave_high", "wl_max", "upper wavelength", "bin_high"),
    Role.WIDTH: (
        "width",
        "bin_width",
        "BANDWIDTH",
        "delta_wavelength(um)",
        "Δλ",
        "dlam",
        "wl_err",
        "xerr",
        "FWHM",
    ),
    Role.HALF_WIDTH: ("half_width", "half-width", "wl_half", "half_bin"),
    Role.DEPTH: (
        "depth",
        "transit_depth",
        "(Rp/Rs)^2",
        "(rp/rs)**2",
        "rp^2_value",
        "PL_TRANDEP",
        "$(R_p/R_s)^2$",
        "Depth (ppm)",
        "instrument_spectrum",
        "rprs2",
        "tdepth",
        "$(R_{\\rm p}/R_{\\rm s})^2$",
        "(Rₚ/R★)²",
        "Rp2/Rs2",
        "RP2RS2",
        "$R_p^2/R_s^2$",
        "$\\delta$ (ppm)",
        "D [ppm]",
    ),
    Role.ERROR: (
        "error",
        "noise",
        "sigma",
        "uncertainty",
        "depth_err",
        "(rp/rs)**2_err",
        "(Rp/Rs)^2 +/-uncertainty",
        "e_depth",
        "noise[ppm]",
        "1-sigma",
        "yerr",
        "RP_RS_SQUARED_ERR",
        "$\\sigma$",
    ),
    Role.ERROR_DOWN: (
        "err-",
        "rp^2_errorneg",
        "PL_TRANDEPERR2",
        "error_low",
        "-err",
        "-e",
        "lerr",
        "-1sigma",
    ),
    Role.ERROR_UP: ("err+", "rp^2_errorpos", "PL_TRANDEPERR1", "error_high", "+err", "+e", "depth_u_err"),
    Role.RATIO: ("Rp/Rs", "rp_value", "PL_RATROR", "rprs", "R_p/R_*"),
    Role.RATIO_ERROR: ("Rp/Rs err", "drprs"),
    Role.RATIO_ERROR_UP: ("PL_RATRORERR1", "Rp/Rs +ve error"),
    Role.LEFT_OUT: ("", "Unnamed: 0", "instrument", "response_mode", "offset_group", "PL_TRANDEPLIM"),
    None: (
        "flux",
        "flux_err",
        "eclipse_depth",
        "Fp/Fs",
        "x",
        "radius",
        "signal",
        "column3",
        "sqrt(depth)",
        "depth^0.5",
        "1-depth",
    ),
}


@pytest.mark.parametrize(("role", "name"), [(role, name) for role, names in NAMES.items() for name in names])
def test_a_name_tells_what_its_column_holds(role: Role | None, name: str) -> None:
    assert read_name(name).role == role


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("wavelength [um]", "um"),
        ("Wavelength (microns)", "microns"),
        ("wl_nm", "nm"),
        ("wavelength_ang", "ang"),
        ("depth [‰]", "‰"),
        ("wavelength_m", "m"),
        ("lambda (A)", "A"),
        ("depth in ppm", "ppm"),
        ("transit depth (parts per million)", "parts per million"),
        ("(Rp/Rs)^2 [ppm]", "ppm"),
        ("Transit depth [%]", "%"),
        ("depth[mJy]", "mJy"),
        ("(Rp/Rs)^2", None),
        ("err_m", None),
        ("depth", None),
        ("nm", "nm"),
    ],
)
def test_a_name_may_hold_a_unit(name: str, unit: str | None) -> None:
    assert read_name(name).unit == unit


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("relative_error", "errors that are shares of the depths"),
        ("percent error", "errors that are shares of the depths"),
        ("fractional_unc", "errors that are shares of the depths"),
        ("err/depth", "errors that are shares of the depths"),
        ("sigma^2", "errors squared"),
        ("variance", "errors squared"),
        ("1/sigma", "the reciprocal of errors"),
        ("sqrt(transit depth)", "a root of the depths"),
        ("depth**(1/2)", "a root of the depths"),
        ("$\\sqrt{depth}$", "a root of the depths"),
        ("-log10(depth)", "the logarithm of the depths"),
        ("1 - (Rp/Rs)^2", "a multiple of the depths, or what they leave of 1"),
        ("10 Rp/Rs", "a multiple of the depths, or what they leave of 1"),
        ("Rp/Rs x 10", "a multiple of the depths, or what they leave of 1"),
        ("Rp/Rs inverse", "the reciprocal of the depths"),
    ],
)
def test_what_is_computed_from_a_depth_or_an_error_is_not_taken_for_it(name: str, said: str) -> None:
    assert read_name(name).role is None
    assert strange(name) == said
