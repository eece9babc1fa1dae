"""What a run is asked about: one spectrum, written in all the ways that people write spectra."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.challenges import load
from harness.components.challenge import Challenge
from harness.errors import HarnessError
from harness.files.spectrum_columns import Given
from harness.runs.home import TRAINING_RANGE
from harness.runs.prediction import Seen, read_observations
from harness.runs.training_range import outside_training, training_range

Ask = Callable[..., tuple[Seen, str]]


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return load("ariel-mini")


@pytest.fixture
def folder(challenge: Challenge, tmp_path: Path) -> Path:
    """That of a run on the challenge, with the range of its training spectra."""
    (tmp_path / TRAINING_RANGE).write_text(json.dumps(training_range(challenge.train.observations)))
    return tmp_path


@pytest.fixture
def ask(challenge: Challenge, folder: Path, shared_cases: Path) -> Ask:
    """Read a file of the planet behind shared_cases/spectra, and collect what is said of it."""
    spectra = shared_cases / "spectra"
    facts = shlex.split((spectra / "auxiliary.txt").read_text())[1::2]

    def call(name: str | Path, given: Given | None = None) -> tuple[Seen, str]:
        seen = read_observations(challenge.schema, spectra / name, None, facts, given)
        return seen, " ".join([*seen.notes, *outside_training(folder, challenge.schema, seen)])

    return call


def same(one: Seen, other: Seen) -> bool:
    mine, theirs = one.observations, other.observations
    return all(
        torch.allclose(*pair, rtol=1e-7, atol=0)
        for pair in (
            (mine.spectrum, theirs.spectrum),
            (mine.noise, theirs.noise),
            (mine.auxiliary, theirs.auxiliary),
        )
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("error-before-depth.csv", ""),
        ("semicolons.csv", ""),
        ("decimal-commas.csv", ""),
        ("taurex-4-columns.dat", ""),
        ("half-width-4-columns.txt", ""),
        ("archive.tbl", ""),
        ("metres.dat", "its wavelengths are in m."),
        ("nanometres.dat", "its wavelengths are in nm."),
        ("noise-in-ppm.dat", "the noise is unlike that of the training planets in 52 of 52 channels"),
    ],
)
def test_it_is_the_same_spectrum_however_it_is_written(ask: Ask, name: str, told: str) -> None:
    seen, said = ask(name)
    plain, nothing = ask("plain.dat")
    assert same(seen, plain)
    assert told in said
    assert bool(told) == bool(said)
    assert nothing == ""


def test_errors_up_and_down_are_averaged(ask: Ask) -> None:
    seen, said = ask("eureka-5-columns.txt")
    plain, _ = ask("plain.dat")
    torch.testing.assert_close(seen.observations.noise, 1.05 * plain.observations.noise, rtol=1e-7, atol=0)
    torch.testing.assert_close(seen.observations.spectrum, plain.observations.spectrum, rtol=1e-7, atol=0)
    assert said == ""


def test_a_width_in_the_place_of_the_noise_is_told(ask: Ask) -> None:
    _, said = ask("depth-and-width.dat")
    assert "In 52 of 52 channels of depth-and-width the noise is unlike that of the training planets" in said
    assert "(0.064 where theirs is 2e-05 to 0.0011); is it in transit depth, and no width?" in said


def test_noise_in_another_unit_is_told_and_can_be_said(ask: Ask, shared_cases: Path, tmp_path: Path) -> None:
    table = np.loadtxt(shared_cases / "spectra" / "plain.dat")
    np.savetxt(tmp_path / "ppm.dat", table * [1, 1, 1e6])
    assert "In 52 of 52 channels of ppm the noise is unlike that" in ask(tmp_path / "ppm.dat")[1]
    seen, said = ask(tmp_path / "ppm.dat", Given(units={"error": "ppm"}))
    assert same(seen, ask("plain.dat")[0])
    assert said == ""


def test_depth_in_another_unit_is_told(ask: Ask, shared_cases: Path, tmp_path: Path) -> None:
    table = np.loadtxt(shared_cases / "spectra" / "plain.dat")
    np.savetxt(tmp_path / "small.dat", table * [1, 1e-3, 1e-3])
    _, said = ask(tmp_path / "small.dat")
    assert "small lies outside all training spectra in 52 of 52 channels" in said
    assert "the noise is unlike" in said


@pytest.mark.parametrize("unit", ["ppm", "ppt"])
def test_depths_of_more_than_the_stars_light_are_refused(
    ask: Ask, shared_cases: Path, tmp_path: Path, unit: str
) -> None:
    table = np.loadtxt(shared_cases / "spectra" / "plain.dat")
    scale = {"ppm": 1e6, "ppt": 1e3}[unit]
    np.savetxt(tmp_path / "other.dat", table * [1, scale, scale])
    with pytest.raises(HarnessError, match="a transit depth is a share of the star's light; say its unit"):
        ask(tmp_path / "other.dat")
    seen, said = ask(tmp_path / "other.dat", Given(units={"depth": unit, "error": unit}))
    assert same(seen, ask("plain.dat")[0])
    assert said == ""


def test_another_order_of_three_columns_is_told(ask: Ask, shared_cases: Path, tmp_path: Path) -> None:
    table = np.loadtxt(shared_cases / "spectra" / "plain.dat")
    np.savetxt(tmp_path / "swapped.dat", table[:, [0, 2, 1]])
    seen, _ = ask(tmp_path / "swapped.dat")
    assert same(seen, ask("plain.dat")[0])
    assert any("columns are wavelength, error, depth, by their numbers" in note for note in seen.notes)


def test_runs_of_older_versions_which_kept_no_noise_tell_of_it_too(ask: Ask, folder: Path) -> None:
    kept = json.loads((folder / TRAINING_RANGE).read_text())
    (folder / TRAINING_RANGE).write_text(json.dumps({key: kept[key] for key in ("lowest", "highest")}))
    assert "the noise is unlike that of the training planets" in ask("depth-and-width.dat")[1]
    assert ask("plain.dat")[1] == ""
    (folder / TRAINING_RANGE).unlink()
    assert ask("depth-and-width.dat")[1] == ""


@pytest.mark.parametrize(
    "written", ["", "[1, 2]", '{"lowest": [1], "highest": [2]}', '{"lowest": 1e999}', "[" * 10_000, "\udc80"]
)
def test_a_damaged_range_is_told_and_stops_nothing(ask: Ask, folder: Path, written: str) -> None:
    (folder / TRAINING_RANGE).write_text(written, errors="surrogateescape")
    assert "is damaged, so that nothing was compared" in ask("plain.dat")[1]


def test_a_missing_channel_is_named(ask: Ask) -> None:
    with pytest.raises(
        HarnessError, match=r"has 51 rows; expected .* 52 channels .*: that at 2\.45159 um is missing"
    ):
        ask("one-channel-missing.dat")


def test_what_a_file_does_not_tell_can_be_said(ask: Ask, shared_cases: Path, tmp_path: Path) -> None:
    wavelength, depth, error = np.loadtxt(shared_cases / "spectra" / "plain.dat").T
    np.savetxt(tmp_path / "odd.csv", np.column_stack([error * 1e6, wavelength, depth * 100]), header="a b c")
    given = Given(("error", "wavelength", "depth"), {"depth": "%", "error": "ppm"})
    seen, said = ask(tmp_path / "odd.csv", given)
    assert same(seen, ask("plain.dat")[0])
    assert said == ""


@pytest.mark.parametrize("value", ["0", "-1e27"])
def test_a_planet_without_a_mass_is_refused(challenge: Challenge, shared_cases: Path, value: str) -> None:
    spectra = shared_cases / "spectra"
    facts = shlex.split((spectra / "auxiliary.txt").read_text())[1::2]
    facts = [f"planet_mass_kg={value}" if fact.startswith("planet_mass_kg") else fact for fact in facts]
    with pytest.raises(HarnessError, match="is of no star or planet; give a number above 0"):
        read_observations(challenge.schema, spectra / "semicolons.csv", None, facts)
