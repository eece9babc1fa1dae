"""The built-in opacity files: TauREx reads them, they come out alike, nothing half-written stays."""

import errno
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest

from harness.errors import HarnessError
from harness.physics import builtin_opacities
from harness.physics.band_model import (
    CIA_PAIRS,
    MOLECULES,
    PRESSURE,
    TEMPERATURE,
    WAVENUMBER,
    cia_coefficient,
    cross_sections,
)
from harness.physics.builtin_opacities import fingerprint, opacity_directory


@pytest.fixture(scope="session")
def builtin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return opacity_directory(tmp_path_factory.mktemp("cache"))


def small(directory: Path) -> None:
    (directory / "H2O.h5").write_bytes(b"cross-sections")


def test_the_directory_holds_five_molecules_and_two_pairs(builtin):
    expected = {f"{name}.h5" for name in MOLECULES} | {f"{pair}.cia" for pair in CIA_PAIRS}
    assert {path.name for path in builtin.iterdir()} == expected
    assert sum(path.stat().st_size for path in builtin.iterdir()) < 64e6


@pytest.mark.parametrize("name", MOLECULES)
def test_taurex_reads_the_cross_sections(builtin, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taurex.opacity.hdf5opacity import HDF5Opacity

        opacity = HDF5Opacity(builtin / f"{name}.h5", interpolation_mode="linear", in_memory=True)
    assert opacity.moleculeName == name
    np.testing.assert_array_equal(opacity.wavenumberGrid, WAVENUMBER)
    np.testing.assert_allclose(opacity.pressureGrid, PRESSURE, rtol=1e-12)
    expected = cross_sections(
        MOLECULES[name], temperature=TEMPERATURE[[8]], pressure=PRESSURE[[12]]
    )  # TauREx works in m2
    read = opacity.opacity(TEMPERATURE[8], PRESSURE[12], wngrid=WAVENUMBER)
    np.testing.assert_allclose(read * 1e4, expected[0, 0], rtol=1e-5)


@pytest.mark.parametrize("pair", CIA_PAIRS)
def test_taurex_reads_the_collision_induced_absorption(builtin, pair):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taurex.cia.hitrancia import HitranCIA

        cia = HitranCIA(str(builtin / f"{pair}.cia"))
    assert cia.pairName == pair
    expected = cia_coefficient(pair, cia.wavenumberGrid, 1000.0) * 1e-10  # m5
    np.testing.assert_allclose(cia.cia(1000.0), expected, rtol=1e-3)


def test_a_second_generation_gives_the_same_bytes(builtin, tmp_path):
    again = opacity_directory(tmp_path)
    assert again.name == builtin.name
    for path in builtin.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes()


def test_the_files_say_that_they_are_a_band_model(builtin):
    with h5py.File(builtin / "H2O.h5") as file:
        assert "band model" in file.attrs["source"]


def test_what_is_there_is_not_generated_again(tmp_path, monkeypatch):
    monkeypatch.setattr(builtin_opacities, "_write_all", small)
    first = opacity_directory(tmp_path)
    monkeypatch.setattr(builtin_opacities, "_write_all", lambda directory: pytest.fail("generated again"))
    assert opacity_directory(tmp_path) == first


def test_other_coefficients_make_another_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(builtin_opacities, "_write_all", small)
    first = opacity_directory(tmp_path)
    monkeypatch.setattr(builtin_opacities, "fingerprint", lambda: "0" * 12)
    assert opacity_directory(tmp_path) != first
    assert len(fingerprint()) == 12


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def full(directory: Path) -> None:
        small(directory)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(builtin_opacities, "_write_all", full)
    with pytest.raises(HarnessError, match="No space left on device") as caught:
        opacity_directory(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(directory: Path) -> None:
        small(directory)
        raise KeyboardInterrupt

    monkeypatch.setattr(builtin_opacities, "_write_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        opacity_directory(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_is_a_file_is_named(tmp_path):
    cache = tmp_path / "cache"
    cache.write_text("")
    with pytest.raises(HarnessError, match="cache"):
        opacity_directory(cache)


def test_several_at_once_share_one_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(builtin_opacities, "_write_all", small)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: opacity_directory(tmp_path), range(8)))
    assert list(tmp_path.iterdir()) == list(found)
