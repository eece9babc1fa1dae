"""An observed spectrum in a file of its own."""

from pathlib import Path

import numpy as np
import pytest

from harness.challenges import load
from harness.data.schema import Parameter, Schema
from harness.errors import HarnessError
from harness.files.spectrum_columns import Given
from harness.files.spectrum_file import read_noise, read_spectrum_file

SCHEMA = Schema(
    parameters=(Parameter(name="T", unit="K", lower=500, upper=2900),),
    wavelength=(0.8, 0.9, 1.1),
    width=(0.1, 0.15, 0.2),
)
TABLE = "wavelength,depth,noise\n0.8,1.1,0.01\n0.9,1.2,0.02\n1.1,1.3,0.03\n"


def write(path: Path, content: str | np.ndarray) -> Path:
    if isinstance(content, str):
        path.write_text(content)
    else:
        np.save(path, content)
    return path


def depth_and_noise(path: Path, schema: Schema = SCHEMA, given: Given | None = None) -> tuple[object, object]:
    found = read_spectrum_file(path, schema, given)
    return found.spectrum.tolist(), None if found.noise is None else found.noise.tolist()


def test_the_real_spectrum_of_wasp_12b_is_read(hela: Path) -> None:
    schema = load(f"hela:{hela}").schema
    spectrum = read_spectrum_file(hela / "WASP12b.npy", schema).spectrum
    noise = read_noise(hela / "error_bars.npy", schema)
    assert spectrum.shape == noise.shape == (1, 13)
    assert float(spectrum[0, 0]) == 1.4441
    assert float(noise[0, 0]) == 0.0069


def test_several_planets_are_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "two.npy", np.arange(6.0).reshape(2, 3))
    found = read_spectrum_file(path, SCHEMA)
    assert found.spectrum.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found.noise is None


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".dat"])
def test_a_table_has_spectrum_and_noise(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"planet{suffix}", TABLE)
    assert depth_and_noise(path) == ([[1.1, 1.2, 1.3]], [[0.01, 0.02, 0.03]])
    assert read_noise(path, SCHEMA).tolist() == [[0.01, 0.02, 0.03]]


def test_other_kinds_of_files_are_read_onto_the_channels(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "a.npz",
        wavelength_nm=np.array([1100.0, 800, 900]),
        depth=np.array([3.0, 1, 2]),
        noise=np.array([0.3, 0.1, 0.2]),
    )
    assert depth_and_noise(tmp_path / "a.npz") == ([[1, 2, 3]], [[0.1, 0.2, 0.3]])


def test_a_table_may_be_in_any_order_of_wavelength_and_without_header(tmp_path: Path) -> None:
    path = write(tmp_path / "planet.txt", "# HST/WFC3\n1.1 1.3\n0.8 1.1  # the bluest\n\n0.9 1.2\n")
    assert depth_and_noise(path) == ([[1.1, 1.2, 1.3]], None)


def test_a_table_of_noise_alone_has_it_in_its_second_column(tmp_path: Path) -> None:
    path = write(tmp_path / "noise.csv", "0.8,0.01\n0.9,0.02\n1.1,0.03\n")
    assert read_noise(path, SCHEMA).tolist() == [[0.01, 0.02, 0.03]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.npy",
            np.ones(4),
            r"shape \(1, 4\); expected one value for each of 3 channels from 0.8 to 1.1 um",
        ),
        ("a.npy", np.ones((1, 1, 3)), r"shape \(1, 1, 3\)"),
        ("a.npy", np.ones((0, 3)), r"shape \(0, 3\)"),
        ("a.npy", np.array([1, np.nan, 1]), "channel 1 is nan; expected a finite transit depth"),
        ("a.npy", np.array([[1, 1, 1], [1, 1, np.inf]]), "spectrum 1, channel 2 is inf"),
        (
            "a.csv",
            TABLE.replace("1.1,1.3,0.03\n", ""),
            "has 2 rows; expected one value for each of 3 channels",
        ),
        (
            "a.csv",
            TABLE.replace("1.1,1.3", "1.3,1.3"),
            "the wavelength 1.3 um where channel 2 .* is at 1.1 um",
        ),
        ("a.csv", TABLE.replace("1.1,1.3", "nan,1.3"), "the wavelength nan um"),
        ("a.csv", TABLE.replace("1.3", "deep"), "line 4: '1.1,deep,0.03' is not a row of numbers"),
        ("a.csv", TABLE.replace("1.3,0.03", "1.3"), "two or three columns in every row"),
        ("a.csv", "", "two or three columns in every row"),
        ("a.json", "{}", "of no known kind; expected .npy, or a table as .csv, .txt, .dat"),
    ],
)
def test_a_spectrum_that_does_not_fit_is_refused(
    tmp_path: Path, name: str, content: str | np.ndarray, message: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(HarnessError, match=message):
        read_spectrum_file(path, SCHEMA)


@pytest.mark.parametrize("bad", [0.0, -0.01, np.nan, np.inf])
def test_noise_must_be_positive_and_finite(tmp_path: Path, bad: float) -> None:
    path = write(tmp_path / "noise.npy", np.array([0.01, bad, 0.01]))
    with pytest.raises(HarnessError, match=r"channel 1 is .*; expected a positive 1-sigma transit depth"):
        read_noise(path, SCHEMA)


@pytest.mark.parametrize("name", ["missing.npy", "missing.csv"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(HarnessError, match=f"{name} is missing"):
        read_spectrum_file(tmp_path / name, SCHEMA)


def test_a_binary_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HarnessError, match="is not a text file"):
        read_spectrum_file(tmp_path / "a.csv", SCHEMA)


@pytest.mark.parametrize(
    ("unit", "wavelengths"),
    [
        ("nm", "800 900 1100"),
        ("Angstrom", "8000 9000 11000"),
        ("m", "8e-7 9e-7 1.1e-6"),
        ("cm-1", "12500 11111.11 9090.909"),
    ],
)
def test_wavelengths_are_read_in_the_unit_that_puts_them_on_the_channels(
    tmp_path: Path, unit: str, wavelengths: str
) -> None:
    rows = zip(wavelengths.split(), ("1.1 0.01", "1.2 0.02", "1.3 0.03"), strict=True)
    path = write(tmp_path / "planet.txt", "\n".join(" ".join(row) for row in rows))
    found = read_spectrum_file(path, SCHEMA)
    assert found.spectrum.tolist() == [[1.1, 1.2, 1.3]]
    assert found.notes == (f"its wavelengths are in {unit}",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "80 1 1\n90 1 1\n110 1 1\n",
            "from 80 to 110 um, but the channels from 0.8 to 1.1 um; say their unit",
        ),
        ("w[um] depth\n800 1\n900 1\n1100 1\n", "in um, are from 800 to 1100 um, but the channels"),
        ("800 1 1\n900 1 1\n", r"has 2 rows; .* from 0.8 to 1.1 um: that at 1.1 um is missing"),
        (TABLE + "1.4,1.3,0.03\n", "has 4 rows; .*: 1 too many"),
        (
            "800 1 1\n900 1 1\n1300 1 1\n",
            "the wavelength 1.3 um where channel 2 of the challenge is at 1.1 um",
        ),
    ],
)
def test_wrong_wavelengths_are_told_from_other_channels(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        read_spectrum_file(write(tmp_path / "a.txt", content), SCHEMA)


@pytest.mark.parametrize(
    ("unit", "depths"),
    [
        ("transit depth", [0.0069, 7e-5]),
        ("transit depth [%]", [0.69, 7e-3]),
        ("transit depth [ppm]", [6900, 70]),
    ],
)
def test_depths_in_a_unit_are_brought_to_that_of_the_run(
    tmp_path: Path, unit: str, depths: list[float]
) -> None:
    schema = SCHEMA.model_copy(update={"spectrum_unit": unit})
    path = write(
        tmp_path / "a.txt", "wl depth[ppm] err\n" + "".join(f"{x} 6900 70\n" for x in (0.8, 0.9, 1.1))
    )
    spectrum, noise = depth_and_noise(path, schema)
    np.testing.assert_allclose(np.array([spectrum, noise])[:, 0, 0], depths)
    with pytest.raises(HarnessError, match="says that its depths are in ppm, but the run is of flux"):
        read_spectrum_file(path, SCHEMA.model_copy(update={"spectrum_unit": "flux"}))


def test_depths_without_a_unit_are_taken_in_that_of_the_run_and_named_noise_in_its_own(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path / "a.txt", "wl depth err[ppm]\n" + "".join(f"{x} 0.0069 70\n" for x in (0.8, 0.9, 1.1))
    )
    found = read_spectrum_file(path, SCHEMA)
    assert found.noise is not None
    assert found.written is not None
    assert float(found.spectrum[0, 0]) == 0.0069
    assert float(found.noise[0, 0]) == pytest.approx(7e-5)
    assert found.written.tolist() == [[pytest.approx(70)] * 3]
    assert "its noise is in ppm" in found.notes[0]


def test_its_user_may_name_columns_and_units(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.txt", "one two three\n" + "".join(f"7e-5 {x} 0.69\n" for x in (800, 900, 1100))
    )
    given = Given(("error", "wavelength", "depth"), {"wavelength": "nm", "depth": "%", "error": "fraction"})
    spectrum, noise = depth_and_noise(path, SCHEMA, given)
    np.testing.assert_allclose(np.array([spectrum, noise])[:, 0, 0], [0.0069, 7e-5])
