"""A challenge takes the built-in opacities where they make its spectra, and else learns its own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.challenges import load
from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.challenges.ariel2023.suited import OfTransmission
from harness.challenges.ariel2023.writer import write_ariel2023
from harness.components.forward_check import check_forward_model
from harness.files.lock import working_alone
from harness.fitted_opacities import learned as learned_module
from harness.fitted_opacities.settings import FitSettings


@pytest.fixture
def quickly(monkeypatch, tmp_path):
    """Fits of a few steps, kept in a cache of the test's own."""
    monkeypatch.setattr(OfTransmission, "learning", FitSettings(steps=40, batch=16, points=20))
    monkeypatch.setattr(learned_module, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path / "cache"


def test_a_release_with_other_physics_learns_its_opacities_when_they_are_needed(
    foreign, quickly, tmp_path, capfd
):
    write_ariel2023(tmp_path / "release", foreign.schema, foreign.splits)
    challenge = load(f"ariel2023:{tmp_path / 'release'}")
    forward = challenge.forward_model()
    assert forward.identity.startswith("fitted-")
    assert not forward.ready
    assert challenge.forward_check(at_once=True) is None
    assert challenge.fingerprint  # is known without them
    assert not list(quickly.glob("fitted-*"))

    check = challenge.forward_check()
    told = capfd.readouterr().err
    assert "the built-in opacities do not make its spectra" in told
    first = check_forward_model(forward.begun_with(), challenge.train, challenge.schema)
    assert check.quantile(0.9) < first.quantile(0.9) / 3
    [kept] = quickly.glob("fitted-*")
    assert forward.directory == kept
    assert json.loads((kept / "fitted.json").read_text())["quantile90_after"] < first.quantile(0.9) / 3
    assert {path.suffix for path in quickly.iterdir()} == {""}  # no state of the fit is left

    again = load(f"ariel2023:{tmp_path / 'release'}")
    assert again.forward_model().ready
    assert again.fingerprint == challenge.fingerprint
    assert capfd.readouterr().err == ""

    (kept / "CO.h5").unlink()
    damaged = load(f"ariel2023:{tmp_path / 'release'}").forward_model()
    assert not damaged.ready
    assert damaged.directory == kept
    assert (kept / "CO.h5").is_file()
    assert "is not what was learned" in capfd.readouterr().err


@pytest.mark.parametrize("factor", [1e6, -1.0])
def test_nothing_is_learned_from_spectra_in_other_units(foreign, quickly, invoke, tmp_path, factor):
    observations = foreign.train.observations
    spectra = replace(observations, spectrum=factor * observations.spectrum)
    valid = replace(foreign.valid.observations, spectrum=factor * foreign.valid.observations.spectrum)
    splits = {
        "train": replace(foreign.train, observations=spectra),
        "valid": replace(foreign.valid, observations=valid),
        "test": foreign.test,
    }
    write_ariel2023(tmp_path / "release", foreign.schema, splits)
    release = f"ariel2023:{tmp_path / 'release'}"
    challenge = load(release)
    assert challenge.forward_model().identity.startswith("band-model")
    assert "check the units of the spectra" in challenge.forward_check().remedy()
    told = invoke("data", "check", release).output
    assert f"The spectra are {factor:.2g} times as deep" in " ".join(told.split())
    result = invoke("opacities", "fit", release, "-o", tmp_path / "fitted")
    assert result.exit_code == 2
    assert "which no opacities can mend: check the units" in result.stderr
    assert not quickly.exists()


def test_a_release_with_the_built_in_physics_takes_the_built_in_opacities(quickly, tmp_path):
    mini = load("ariel-mini")
    splits = {"train": mini.train[:250], "valid": mini.valid[:20], "test": mini.test[:2]}
    write_ariel2023(tmp_path / "release", mini.schema, splits)
    forward = load(f"ariel2023:{tmp_path / 'release'}").forward_model()
    assert forward.identity == mini.forward_model().identity
    assert not quickly.exists()


def test_nothing_is_written_where_nothing_is_gained(invoke, tmp_path):
    interrupted = tmp_path / ".fitted.fit"
    interrupted.mkdir()
    result = invoke("opacities", "fit", "ariel-mini", "-o", tmp_path / "fitted", "--steps", 1)
    assert result.exit_code == 2
    assert f"without --resume; the interrupted fit in {interrupted} is removed" in result.stderr
    assert "so nothing was written" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("challenge", "sentence"),
    [
        ("toy", "is not the transmission model"),
        ("ariel-mini:x", "takes no path"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(invoke, tmp_path, challenge, sentence):
    result = invoke("opacities", "fit", challenge, "-o", tmp_path / "fitted")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_taken_is_refused(invoke, tmp_path):
    (tmp_path / "fitted").mkdir()
    result = invoke("opacities", "fit", "ariel-mini", "-o", tmp_path / "fitted")
    assert result.exit_code == 2
    assert "exists already" in result.stderr


def test_a_fit_that_is_interrupted_says_how_it_goes_on(invoke, tmp_path, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.cli.opacities_fit.learned_into", interrupted)
    result = invoke("opacities", "fit", "ariel-mini", "-o", tmp_path / "fitted")
    assert result.exit_code == 2
    assert "Interrupted: the same command with --resume goes on from what was kept." in result.stderr


def test_a_fit_into_a_folder_that_is_not_there_leaves_none(invoke, tmp_path):
    result = invoke("opacities", "fit", "ariel-mini", "-o", tmp_path / "none" / "fitted")
    assert result.exit_code == 2
    assert "is not there; make it or choose another place" in result.stderr
    assert not (tmp_path / "none").exists()


def test_a_second_fit_into_the_same_folder_keeps_off(invoke, tmp_path):
    work = tmp_path / ".fitted.fit"
    work.mkdir()
    with working_alone(work, "fit"):
        result = invoke("opacities", "fit", "ariel-mini", "-o", tmp_path / "fitted", "--steps", 1)
    assert result.exit_code == 2
    assert f"Another fit of {tmp_path / 'fitted'} is under way" in result.output
    assert list(tmp_path.iterdir()) == [work]


def test_opacities_that_do_not_reach_the_planets_temperatures_are_told(
    invoke, foreign, tmp_path, monkeypatch
):
    monkeypatch.setattr(ArielForwardModel, "temperature_range", (500.0, 700.0))
    write_ariel2023(tmp_path / "release", foreign.schema, foreign.splits)
    told = invoke("data", "check", f"ariel2023:{tmp_path / 'release'}").stderr
    assert "Warning: The opacities reach from 500 to 700 K" in told
