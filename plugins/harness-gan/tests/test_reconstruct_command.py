"""`harness reconstruct` as a person uses it: what it prints and draws, and what it says to bad input."""

from __future__ import annotations

import errno
import json
import os
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from harness_gan.masks import masked_channels
from harness_gan.reconstruction import reconstruct

from harness.challenges import load
from harness.challenges.ariel2023.grid import WAVELENGTH
from harness.cli import main
from harness.runs.fitted import open_run
from harness.runs.home import Home

TRAINING = {"epochs": 2, "steps": 30, "filters": 4, "critic_filters": 8, "latent": 8}
CHALLENGE = {"train": 500, "test": 4, "rows": 1000, "traced": 0.0, "valid": 40}


def harness(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run `gan` of exogan and a run `near` of another estimator."""
    folder = tmp_path_factory.mktemp("reconstruct")
    place = ("--home", folder, "--challenge", "toy", "--samples", 1000, "--scorer", "r2")
    small = [word for key, value in CHALLENGE.items() for word in ("--set", f"challenge.{key}={value}")]
    options = {**TRAINING, "supervision": "parameters", "clouds": 16, "iterations": 8, "library": 512}
    settings = [word for key, value in options.items() for word in ("--set", f"estimator.{key}={value}")]
    for arguments in (
        ("--estimator", "nearest", "--name", "near"),
        ("--estimator", "exogan", "--name", "gan"),
    ):
        chosen = settings if "gan" in arguments else []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of so short a game, that the generator has collapsed in part
            result = harness("run", *place, *small, *arguments, *chosen)
        assert result.exit_code == 0, result.output
    return folder


def test_it_fills_in_what_is_masked_and_draws_it(home):
    result = harness("reconstruct", "gan", "--mask", "1.0-1.7", "--home", home, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["planet"] == "test1"
    wavelengths = [channel["wavelength_um"] for channel in document["channels"]]
    assert wavelengths == [w for w in WAVELENGTH if 1.0 <= w <= 1.7]
    assert all(channel["spread"] > 0 for channel in document["channels"])
    assert Path(document["picture"]).read_bytes().startswith(b"\x89PNG")


def test_the_table_shows_truth_and_reconstruction(home, tmp_path):
    picture = tmp_path / "mine.png"
    arguments = ("--mask", "4-5", "--mask", "7-8", "--planet", "test3", "--home", home, "-o", picture)
    result = harness("reconstruct", "latest", *arguments)
    assert result.exit_code == 0, result.output
    assert "test3" in result.stdout
    assert "reconstructed" in result.stdout
    assert sum(" σ" in line for line in result.stdout.splitlines()) == 5
    assert picture.exists()


def test_what_was_observed_behind_the_mask_is_not_looked_at(home):
    fitted = open_run(Home(home).find("gan"))
    seen = load("toy", CHALLENGE).test.observations[:1]
    masked = masked_channels(["2.0-3.0"], fitted.schema.wavelength)
    changed = replace(seen, spectrum=torch.where(masked, 0.5 * seen.spectrum, seen.spectrum))
    first, second = (reconstruct(fitted.estimator, one, masked, fitted.run) for one in (seen, changed))
    assert torch.equal(first.mean, second.mean)
    assert torch.equal(first.spread, second.spread)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("gan", "--mask", "red"), "--mask red is no range of wavelengths"),
        (("gan", "--mask", "1.7-1.0"), "--mask 1.7-1.0 is empty: its ends must be ascending"),
        (("gan", "--mask", "20-30"), "--mask 20-30 holds no channel's centre; they lie between 0.55 and"),
        (("gan", "--mask", "0-100"), "The masks leave 0 of 52 channels"),
        (("gan", "--mask", "1-2", "--planet", "test9"), "has no test planet 'test9'"),
        (("gan", "--mask", "1-2", "-o", "picture.jpg"), "a reconstruction is a picture; name a .png with -o"),
        (("gan", "--mask", "1-2", "-o", "nowhere/picture.png"), "there is no folder nowhere; choose another"),
        (("gan", "--mask", "1-2", "-o", "page.html"), "a reconstruction is a picture"),
        (("near", "--mask", "1-2"), "is one of 'nearest', which draws no spectra"),
        (("nothing", "--mask", "1-2"), "There is no run 'nothing'"),
        (("gan",), "Missing option '--mask'"),
    ],
)
def test_bad_input_is_one_sentence(home, arguments, sentence):
    result = harness("reconstruct", *arguments, "--home", home)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_file_in_the_way_of_the_pictures_is_named(home):
    pictures = Home(home).find("gan") / "reconstructions"
    if pictures.exists():
        shutil.rmtree(pictures)
    pictures.write_text("in the way")
    result = harness("reconstruct", "gan", "--mask", "1-2", "--home", home)
    pictures.unlink()
    assert result.exit_code == 2
    assert f"The folder {pictures} cannot be made (File exists)" in result.stderr
    assert "with -o" in result.stderr


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_a_disk_that_cannot_be_written_to_is_one_sentence(home, tmp_path, monkeypatch, number):
    def refuse(path, write):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("harness.cli.figure_files.write_whole", refuse)
    picture = tmp_path / "picture.png"
    result = harness("reconstruct", "gan", "--mask", "1-2", "--home", home, "-o", picture)
    assert result.exit_code == 2
    assert result.stderr.strip() == (
        f"Error: {picture} cannot be written ({os.strerror(number)}); choose another with -o."
    )
