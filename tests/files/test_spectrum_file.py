"""An observed spectrum in a file of its own."""

from pathlib import Path

import numpy as np
import pytest

from harness.challenges import load
from harness.data.schema import Parameter, Schema
from harness.errors import HarnessError
from harness.files.spectrum_file import has_noise, read_noise, read_spectrum

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


def test_the_real_spectrum_of_wasp_12b_is_read(hela: Path) -> None:
    schema = load(f"hela:{hela}").schema
    spectrum = read_spectrum(hela / "WASP12b.npy", schema)
    noise = read_noise(hela / "error_bars.npy", schema)
    assert spectrum.shape == noise.shape == (1, 13)
    assert float(spectrum[0, 0]) == 1.4441
    assert float(noise[0, 0]) == 0.0069


def test_several_planets_are_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "two.npy", np.arange(6.0).reshape(2, 3))
    assert read_spectrum(path, SCHEMA).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".dat"])
def test_a_table_has_spectrum_and_noise(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"planet{suffix}", TABLE)
    assert read_spectrum(path, SCHEMA).tolist() == [[1.1, 1.2, 1.3]]
    assert read_noise(path, SCHEMA).tolist() == [[0.01, 0.02, 0.03]]
    assert has_noise(path)


def test_a_table_may_be_in_any_order_of_wavelength_and_without_header(tmp_path: Path) -> None:
    path = write(tmp_path / "planet.txt", "# HST/WFC3\n1.1 1.3\n0.8 1.1  # the bluest\n\n0.9 1.2\n")
    assert read_spectrum(path, SCHEMA).tolist() == [[1.1, 1.2, 1.3]]
    assert not has_noise(path)


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
        read_spectrum(path, SCHEMA)


@pytest.mark.parametrize("bad", [0.0, -0.01, np.nan, np.inf])
def test_noise_must_be_positive_and_finite(tmp_path: Path, bad: float) -> None:
    path = write(tmp_path / "noise.npy", np.array([0.01, bad, 0.01]))
    with pytest.raises(HarnessError, match=r"channel 1 is .*; expected a positive 1-sigma transit depth"):
        read_noise(path, SCHEMA)


@pytest.mark.parametrize("name", ["missing.npy", "missing.csv"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(HarnessError, match=f"{name} is missing"):
        read_spectrum(tmp_path / name, SCHEMA)


def test_a_binary_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HarnessError, match="is not a text file"):
        read_spectrum(tmp_path / "a.csv", SCHEMA)
