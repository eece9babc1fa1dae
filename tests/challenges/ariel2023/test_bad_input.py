"""Each thing that can be wrong with an Ariel 2023 directory is one sentence that says where it is."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from harness.challenges import load
from harness.errors import HarnessError

TRUTH = "TrainingData/Ground Truth Package"
SPECTRA = "TrainingData/SpectralData.hdf5"
TRACES = f"{TRUTH}/Tracedata.hdf5"
AUXILIARY = "TrainingData/AuxillaryTable.csv"
PARAMETERS = f"{TRUTH}/FM_Parameter_Table.csv"

Damage = Callable[[Path], None]


def remove(name: str) -> Damage:
    def damage(root: Path) -> None:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


def cut_off(name: str) -> Damage:
    def damage(root: Path) -> None:
        content = (root / name).read_bytes()
        (root / name).write_bytes(content[: len(content) // 2])

    return damage


def overwrite(name: str, content: bytes) -> Damage:
    return lambda root: (root / name).write_bytes(content) and None


def replace(name: str, old: str, new: str) -> Damage:
    def damage(root: Path) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new, 1))

    return damage


def field(name: str, planet: str, column: int, text: str) -> Damage:
    """Put `text` in a column of a planet's row."""

    def damage(root: Path) -> None:
        lines = (root / name).read_text().splitlines()
        for i, line in enumerate(lines):
            cells = line.split(",")
            if planet in cells:
                cells[column] = text
                lines[i] = ",".join(cells)
        (root / name).write_text("\n".join(lines) + "\n")

    return damage


def without_row(name: str, planet: str) -> Damage:
    def damage(root: Path) -> None:
        lines = (root / name).read_text().splitlines()
        kept = [line for line in lines if planet not in line.split(",")]
        assert len(kept) == len(lines) - 1
        (root / name).write_text("\n".join(kept) + "\n")

    return damage


def element(name: str, planet: str, dataset: str, index: object, value: float) -> Damage:
    def damage(root: Path) -> None:
        with h5py.File(root / name, "a") as file:
            file[f"Planet_{planet}"][dataset][index] = value

    return damage


def dataset(name: str, planet: str, dataset: str, values: object) -> Damage:
    def damage(root: Path) -> None:
        with h5py.File(root / name, "a") as file:
            del file[f"Planet_{planet}"][dataset]
            if values is not None:
                file[f"Planet_{planet}"][dataset] = values

    return damage


def without_group(name: str, planet: str) -> Damage:
    def damage(root: Path) -> None:
        with h5py.File(root / name, "a") as file:
            del file[f"Planet_{planet}"]

    return damage


def another_group(name: str, planet: str) -> Damage:
    def damage(root: Path) -> None:
        with h5py.File(root / name, "a") as file:
            file.copy("Planet_train1", f"Planet_{planet}")

    return damage


BAD = {
    "no training folder": (remove("TrainingData"), "has no folder TrainingData"),
    "no truth": (remove(TRUTH), "Ground Truth Package is missing"),
    "no spectra": (remove(SPECTRA), "SpectralData.hdf5 is missing"),
    "no auxiliary table": (remove(AUXILIARY), "AuxillaryTable.csv is missing"),
    "no parameter table": (remove(PARAMETERS), "FM_Parameter_Table.csv is missing"),
    "no traces": (remove(TRACES), "Tracedata.hdf5 is missing"),
    "another spelling of the auxiliary table": (
        lambda root: (root / AUXILIARY).rename(root / "TrainingData/AuxiliaryTable.csv") and None,
        "AuxillaryTable.csv is missing (did you mean 'AuxiliaryTable.csv'?)",
    ),
    "two trace files": (
        lambda root: shutil.copy(root / TRACES, root / TRUTH / "TraceData.hdf5") and None,
        "holds both TraceData.hdf5 and Tracedata.hdf5",
    ),
    "spectra cut off": (cut_off(SPECTRA), "SpectralData.hdf5 is cut off before its end"),
    "traces cut off": (cut_off(TRACES), "Tracedata.hdf5 is cut off before its end"),
    "spectra are text": (overwrite(SPECTRA, b"planet_ID\n" * 200), "SpectralData.hdf5 is not an HDF5 file"),
    "spectra are empty": (overwrite(SPECTRA, b""), "SpectralData.hdf5 is not an HDF5 file"),
    "table is binary": (overwrite(AUXILIARY, b"\x89HDF\xff\xfe"), "AuxillaryTable.csv is not a CSV table"),
    "table is empty": (overwrite(AUXILIARY, b""), "AuxillaryTable.csv is empty"),
    "table cut off": (
        lambda root: (root / PARAMETERS).write_text((root / PARAMETERS).read_text()[:-60]) and None,
        "but 9 column names; if it was cut off",
    ),
    "table without rows": (
        lambda root: (root / AUXILIARY).write_text((root / AUXILIARY).read_text().splitlines()[0]) and None,
        "lists no planet",
    ),
    "no spectrum for a planet": (
        without_group(SPECTRA, "train7"),
        "Planet train7 is in ",
        "SpectralData.hdf5 has no group 'Planet_train7'",
    ),
    "a spectrum for no planet": (
        another_group(SPECTRA, "train99"),
        "SpectralData.hdf5 has a group 'Planet_train99'",
        "AuxillaryTable.csv lists no planet train99",
    ),
    "no trace for a planet": (without_group(TRACES, "train7"), "Tracedata.hdf5 has no group 'Planet_train7'"),
    "a trace for no planet": (another_group(TRACES, "train99"), "has a group 'Planet_train99'"),
    "no parameters for a planet": (
        without_row(PARAMETERS, "train7"),
        "Planet train7 is in ",
        "but not in ",
        "FM_Parameter_Table.csv",
    ),
    "parameters for no planet": (
        field(PARAMETERS, "train7", 1, "train99"),
        "Planet train7 is in ",
    ),
    "a planet twice": (field(AUXILIARY, "train7", 0, "train8"), "lists planet train8 twice"),
    "a planet without a name": (field(AUXILIARY, "train7", 0, ""), "no planet id in row 7"),
    "a column of another name": (
        replace(PARAMETERS, "planet_temp", "planet_tmp"),
        "no column 'planet_temp' (did you mean 'planet_tmp'?)",
    ),
    "an auxiliary column of another name": (
        replace(AUXILIARY, "star_distance", "distance"),
        "no column 'star_distance'",
    ),
    "a column twice": (
        replace(PARAMETERS, ",planet_ID", "planet_temp,planet_ID"),
        "the column 'planet_temp' 2 times",
    ),
    "a parameter that is no number": (
        field(PARAMETERS, "train7", 3, "hot"),
        "planet train7: planet_temp is 'hot'; expected a number",
    ),
    "a parameter that is not finite": (field(PARAMETERS, "train7", 3, "nan"), "planet_temp is nan"),
    "an auxiliary value that is missing": (field(AUXILIARY, "train7", 2, ""), "star_mass_kg is ''"),
    "an auxiliary value that is not finite": (field(AUXILIARY, "train7", 2, "inf"), "star_mass_kg is inf"),
    "no noise": (
        dataset(SPECTRA, "train7", "instrument_noise", None),
        "planet train7 has no dataset 'instrument_noise'",
    ),
    "a shorter spectrum": (
        dataset(SPECTRA, "train7", "instrument_spectrum", np.ones(4)),
        "planet train7: 'instrument_spectrum' has shape (4,); expected (5,)",
    ),
    "a longer spectrum": (
        dataset(SPECTRA, "train7", "instrument_spectrum", np.ones(5000)),
        "planet train7: 'instrument_spectrum' has shape (5000,); expected (5,)",
    ),
    "a spectrum of text": (
        dataset(SPECTRA, "train7", "instrument_spectrum", np.array([b"a"] * 5)),
        "planet train7: 'instrument_spectrum' does not hold numbers",
    ),
    "an empty spectrum": (
        dataset(SPECTRA, "train7", "instrument_spectrum", h5py.Empty("f8")),
        "planet train7: 'instrument_spectrum' has shape",
    ),
    "no channels": (
        dataset(SPECTRA, "train1", "instrument_wlgrid", np.ones(0)),
        "planet train1: 'instrument_wlgrid' has shape (0,)",
    ),
    "a spectrum that is not finite": (
        element(SPECTRA, "train7", "instrument_spectrum", 2, np.nan),
        "planet train7: instrument_spectrum is nan in channel 2",
    ),
    "noise that is NaN": (
        element(SPECTRA, "train7", "instrument_noise", 2, np.nan),
        "planet train7: instrument_noise is nan in channel 2",
    ),
    "noise that is zero": (
        element(SPECTRA, "train7", "instrument_noise", 2, 0),
        "planet train7: instrument_noise is 0 in channel 2",
    ),
    "noise that is negative": (
        element(SPECTRA, "train7", "instrument_noise", 2, -1e-5),
        "planet train7: instrument_noise is -1e-05 in channel 2",
    ),
    "another wavelength": (
        element(SPECTRA, "train7", "instrument_wlgrid", 2, 0.96),
        "planet train7: instrument_wlgrid is 0.96 um in channel 2 but 0.95 um for planet train1",
    ),
    "a negative wavelength": (
        element(SPECTRA, "train1", "instrument_wlgrid", 2, -0.95),
        "instrument_wlgrid is -0.95",
    ),
    "other channels for the test planets": (
        lambda root: (
            [
                element("TestData/SpectralData.hdf5", f"test{i}", "instrument_wlgrid", 0, 0.5)(root)
                for i in (1, 2, 3, 4)
            ]
            and None
        ),
        "has other channels than",
    ),
    "a trace without a column": (
        dataset(TRACES, "train7", "tracedata", np.ones((40, 6))),
        "planet train7: 'tracedata' has shape (40, 6); expected (M, 7)",
    ),
    "a trace without rows": (
        dataset(TRACES, "train7", "tracedata", np.ones((0, 7))),
        "planet train7: 'tracedata' has shape (0, 7)",
    ),
    "a single number that is not NaN": (
        dataset(TRACES, "train7", "tracedata", np.ones(1)),
        "planet train7: 'tracedata' has shape (1,); expected (M, 7), or a single NaN",
    ),
    "a trace that is not finite": (
        element(TRACES, "train7", "tracedata", (3, 2), np.nan),
        "planet train7: 'tracedata' is nan in row 3, column 2",
    ),
    "fewer weights than rows": (
        dataset(TRACES, "train7", "weights", np.full(35, 1 / 35)),
        "planet train7: 'weights' has shape (35,) but 'tracedata' has 36 rows",
    ),
    "no weights": (dataset(TRACES, "train7", "weights", None), "planet train7 has no dataset 'weights'"),
    "a weight that is negative": (
        element(TRACES, "train7", "weights", 3, -0.1),
        "planet train7: 'weights' is -0.1 in row 3",
    ),
    "a weight that is NaN": (
        element(TRACES, "train7", "weights", 3, np.nan),
        "planet train7: 'weights' is nan in row 3",
    ),
    "weights that do not sum to 1": (
        dataset(TRACES, "train7", "weights", np.full(36, 1 / 18)),
        "planet train7: 'weights' sum to 2; expected 1",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence(release: Path, name: str) -> None:
    damage, *expected = BAD[name]
    damage(release)
    with pytest.raises(HarnessError) as caught:
        _ = load(f"ariel2023:{release}").splits
    message = str(caught.value)
    for part in expected:
        assert part in message
    assert re.search(r"[.?]$", message)
    assert "\n" not in message


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="nowhere is not a directory"):
        _ = load(f"ariel2023:{tmp_path / 'nowhere'}").splits


@pytest.mark.parametrize("at", [0.2, 0.4, 0.6, 0.8])
def test_a_file_damaged_in_its_middle_is_an_error_not_a_crash(release: Path, at: float) -> None:
    path = release / SPECTRA
    content = bytearray(path.read_bytes())
    begin = int(at * len(content))
    content[begin : begin + 2000] = b"\xff" * 2000
    path.write_bytes(content)
    with pytest.raises(HarnessError, match=re.escape(str(path))):
        _ = load(f"ariel2023:{release}").splits


def test_values_outside_the_prior_bounds_are_kept(release: Path) -> None:
    field(PARAMETERS, "train7", 3, "9000")(release)
    challenge = load(f"ariel2023:{release}")
    values = [
        float(split.parameters[:, 1].max())
        for name, split in challenge.splits.items()
        if name != "unlabelled"
    ]
    assert max(values) == 9000
