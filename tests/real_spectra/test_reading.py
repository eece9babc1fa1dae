"""Measured spectra as their communities write them, and what is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.files.spectrum_columns import Given
from harness.real_spectra.reading import read_spectra
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum

WASP39 = HostFacts(0.932, 0.281)
WAVELENGTH = np.linspace(1.1, 1.7, 13)
DEPTH = 0.0214 + 1e-4 * np.sin(9 * WAVELENGTH)
HEAD = "wl[um] width depth error\n"


def table(depth: np.ndarray = DEPTH, error: float = 5e-5, head: str = HEAD, more: str = "") -> str:
    return head + "".join(
        f"{x:.4f} 0.05 {d:.8g} {error:g}{more}\n" for x, d in zip(WAVELENGTH, depth, strict=True)
    )


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., MeasuredSpectrum]:
    def write_and_read(*contents: str, **more: object) -> MeasuredSpectrum:
        paths = []
        for at, content in enumerate(contents):
            paths.append(tmp_path / f"part{at}.txt")
            paths[-1].write_text(content)
        return read_spectra(paths, WASP39, **more)  # type: ignore[arg-type]

    return write_and_read


@pytest.fixture
def published(shared_data: Path) -> Path:
    folder = shared_data / "spectra"
    if not folder.is_dir():
        pytest.skip("the published spectra are not here")
    return folder


def test_a_file_with_one_instrument_is_one_group(published: Path) -> None:
    seen = read_spectra([published / "WASP39b_NIRSpec_PRISM_prt.dat"], WASP39)
    assert len(seen) == 147
    assert seen.groups == ("WASP39b_NIRSpec_PRISM_prt",)
    assert any("the one unit that makes a planet of such a mass (1.33 R_Jup" in note for note in seen.notes)


def test_instruments_of_one_file_are_groups(published: Path) -> None:
    seen = read_spectra([published / "WASP39b_all_JWST_pyratbay.dat"], WASP39)
    counted = Counter(seen.groups[at] for at in seen.group)
    assert counted["niriss_soss2"] == 27
    assert counted["miri_lrs"] == 28
    assert (np.diff(seen.wavelength) >= 0).all()
    assert seen.width.max() == pytest.approx(0.25)


def test_files_given_at_once_are_groups(published: Path) -> None:
    names = ("NIRSpec_PRISM", "NIRISS_SOSS_O1", "NIRISS_SOSS_O2")
    seen = read_spectra([published / f"WASP39b_{name}_prt.dat" for name in names], WASP39)
    assert seen.groups == tuple(f"WASP39b_{name}_prt" for name in names)
    assert Counter(seen.group.tolist()) == {0: 147, 1: 108, 2: 27}


def test_offset_groups_may_hold_a_channel_twice(published: Path) -> None:
    seen = read_spectra([published / "WASP107b_JWST.txt"], HostFacts(0.67, 0.096))
    assert seen.groups == ("group 1", "MIRI")
    assert any("4 channels of an offset group are there twice" in note for note in seen.notes)


def test_errors_up_and_down_are_kept_apart(read: Callable[..., MeasuredSpectrum]) -> None:
    rows = "".join(f"{x:.3f} 0.05 2.14 0.005 -0.008\n" for x in WAVELENGTH)
    seen = read("wl[um] width depth[%] depth_err1 depth_err2\n" + rows)
    assert seen.asymmetric
    np.testing.assert_allclose(seen.error_up, 5e-5)
    np.testing.assert_allclose(seen.error_down, 8e-5)


def test_ratios_and_two_errors_are_told(read: Callable[..., MeasuredSpectrum]) -> None:
    rows = "".join(f"{x:.3f} 0.05 0.146 2e-4 1e-4\n" for x in WAVELENGTH)
    notes = " ".join(read("wl[um] width Rp/Rs +err -err\n" + rows).notes)
    assert "ratios of radii (Rp/Rs) are squared to depths" in notes
    assert "errors up and down are kept apart" in notes


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
def test_depths_without_a_unit_need_not_be_in_that_of_their_errors(
    read: Callable[..., MeasuredSpectrum], scale: float
) -> None:
    seen = read(table(scale * DEPTH, 50, head="wl[um] width depth err[ppm]\n"))
    np.testing.assert_allclose(seen.depth, DEPTH, rtol=1e-6)
    np.testing.assert_allclose(seen.error_up, 5e-5)


def test_rows_without_a_number_are_left_out_and_counted(read: Callable[..., MeasuredSpectrum]) -> None:
    seen = read(table() + "1.80 0.05 nan 5e-5\n1.85 0.05 0.0214 nan\n")
    assert len(seen) == 13
    assert any("2 rows without a depth or an error are left out" in note for note in seen.notes)


def test_widths_are_taken_from_the_spacing_when_told(read: Callable[..., MeasuredSpectrum]) -> None:
    rows = "".join(f"{x:.3f} 0.0214 5e-5\n" for x in WAVELENGTH)
    with pytest.raises(HarnessError, match=r"has no column of widths.*--widths spacing"):
        read(rows)
    np.testing.assert_allclose(read(rows, widths="spacing").width, 0.05)


def test_a_unit_that_its_user_says_goes_first(read: Callable[..., MeasuredSpectrum]) -> None:
    seen = read(table(1e6 * DEPTH, 50), given=Given(units={"depth": "ppm"}))
    np.testing.assert_allclose(seen.depth, DEPTH, rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (table(error=0.0), "has an error of 0 at 1.1 um \\(and 12 more\\)"),
        (table(error=-1e-5), "has an error of -1e-05"),
        (table(error=0.2), "are 9.[0-9]* times as large as its depths"),
        (table().replace("1.1000 0.05", "1.1000 -0.05"), "has a width of -0.05 um at 1.1 um"),
        (table().replace("1.1000 0.05", "-1.1 0.05"), "has a wavelength of -1.1 um"),
        (table(head="wl[um] full_width depth err\n").replace(" 0.05 ", " 5 "), "begins below 0"),
        (HEAD + "1.1 0.05 0.02 5e-5\n", "1 point|no line of names|widths"),
        (table().replace(" 5e-05\n", " 50\n", 1), "has an error of 50"),
        (table() + "1.1000 0.05 0.0214 5e-5\n", "has 2 rows for the channel at 1.1 um"),
        (table(np.append(DEPTH[:-1], 0.99999)), "has a depth of 0.99999 at wavelength .*mark for no meas"),
        (table() + "2.0 0.05 0.0214 0.009999\n", "has an error of 0.009999 at wavelength 2, 200 times"),
        (
            table(1e6 * DEPTH, 5e-5, head="wl[um] width depth[ppm] error\n"),
            "errors of .* are 2.3e-09 of its de",
        ),
        (
            table(head="wl[um] width depth error\n").replace("\n1.", "\n1700."),
            "wavelength of 1700.7 um, where no spec",
        ),
        (table(np.linspace(1e-3, 4e-3, 13)), "looks like an emission spectrum"),
        (table(np.linspace(-1e-4, 1e-3, 13)), "looks like an emission spectrum"),
        (table(300 * DEPTH), "would make a planet"),
        (table(head="wl[um] width depth[ppm] error\n"), "make a planet of 0.00"),
        (table(head="wl width depth error\n").replace("\n1.", "\n1700."), "does not say the unit|may be"),
        ("wl[um] width depth\n" + "1.1 0.05 0.02\n1.2 0.05 0.02\n", "has no column of errors"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    read: Callable[..., MeasuredSpectrum], content: str, said: str
) -> None:
    with pytest.raises(HarnessError, match=said):
        read(content)


def test_ratios_of_radii_without_a_name_are_asked_about(read: Callable[..., MeasuredSpectrum]) -> None:
    content = table(DEPTH**0.5, 1.7e-4, head="")
    with pytest.raises(HarnessError, match=r"ratios of radii \(Rp/Rs\) or depths in %, .*rp_rs,rp_rs_err"):
        read(content)
    seen = read(content, given=Given(("wavelength", "width", "rp_rs", "rp_rs_err")))
    np.testing.assert_allclose(seen.depth, DEPTH, rtol=1e-6)


def test_what_unnamed_columns_are_is_told(read: Callable[..., MeasuredSpectrum]) -> None:
    seen = read(table(0.6 * DEPTH, head=""))
    assert any("columns are wavelength, width, depth, error, by their numbers" in one for one in seen.notes)


def test_one_point_and_very_many_are_refused(read: Callable[..., MeasuredSpectrum]) -> None:
    full = "wl[um] half_width depth error\n"
    with pytest.raises(HarnessError, match="has 1 point; a retrieval needs at least 3"):
        read(full + "1.1 0.025 0.0214 5e-5\n")
    many = "".join(f"{0.6 + 1e-5 * at:.5f} 5e-6 0.0214 5e-5\n" for at in range(6000))
    with pytest.raises(HarnessError, match=r"has 6,000 points.*at most 5,000: bin"):
        read(full + many)


def test_covariances_of_files_stand_beside_each_other(
    tmp_path: Path, read: Callable[..., MeasuredSpectrum]
) -> None:
    lag = np.abs(np.subtract.outer(np.arange(13), np.arange(13)))
    covariance = 25e-10 * np.exp(-lag / 2)
    backwards = slice(None, None, -1)
    np.savez(
        tmp_path / "with.npz",
        wavelength_um=WAVELENGTH[backwards],
        width=np.full(13, 0.05),
        depth=DEPTH[backwards],
        error=np.full(13, 5e-5),
        cov=covariance,
    )
    (tmp_path / "without.txt").write_text(table(error=1e-4).replace("\n1.", "\n2."))
    seen = read_spectra([tmp_path / "with.npz", tmp_path / "without.txt"], WASP39)
    assert seen.covariance is not None
    np.testing.assert_allclose(seen.covariance[:13, :13], covariance[backwards, backwards])
    np.testing.assert_allclose(seen.covariance[13:, 13:], 1e-8 * np.eye(13))
    assert not seen.covariance[:13, 13:].any()
    np.testing.assert_allclose(seen.error, np.repeat([5e-5, 1e-4], 13))
    assert any("correlations up to 0.61" in note for note in seen.notes)


def test_errors_unlike_their_covariance_are_refused(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "a.npz",
        wavelength_um=WAVELENGTH,
        width=np.full(13, 0.05),
        depth=DEPTH,
        error=np.full(13, 5e-5),
        cov=25 * np.eye(13),
    )
    with pytest.raises(HarnessError, match=r"diagonal of its covariance differ by 1e\+05 times"):
        read_spectra([tmp_path / "a.npz"], WASP39)
