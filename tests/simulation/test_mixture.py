"""The mixture of shifts, and collisions in spectra."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from harness.challenges import load
from harness.cli import main
from harness.simulation.forward import Forward
from harness.simulation.mixture import Mixture
from harness.simulation.population import Population, draw_population
from harness.simulation.shifts import Clouds, Matched, Profile


@pytest.fixture(scope="module")
def population() -> Population:
    return draw_population(24, np.random.default_rng(3))


def test_every_planet_of_the_mixture_is_shifted_in_one_of_the_ways(lined: Path, population) -> None:
    forward = Forward(lined)
    made = Mixture().spectra(population, forward, np.random.default_rng(5), lambda done: None)
    plain = Matched().spectra(population, forward, np.random.default_rng(5), lambda done: None)
    assert (np.abs(made / plain - 1).max(axis=1) > 1e-6).all()
    kinds = Mixture().kinds(24, np.random.default_rng(5))
    assert len(set(kinds.tolist())) > 1
    assert (np.diff(kinds) < 0).any()  # in no order


def test_shares_are_others_for_another_seed() -> None:
    counts = [np.bincount(Mixture().kinds(400, np.random.default_rng(seed)), minlength=4) for seed in (1, 2)]
    assert np.abs(counts[0] - counts[1]).max() > 40


def test_no_file_says_which_planet_is_shifted_how(lined: Path, tmp_path: Path) -> None:
    target = tmp_path / "small.h5"
    words = ["simulate", str(target), "--planets", "10", "--test", "2", "--shift", "mixture=6"]
    result = CliRunner().invoke(main, [*words, "--opacities", str(lined), "--collisions", "H2-H2"])
    assert result.exit_code == 0, result.output
    challenge = load(f"simulated:{target}", {"opacities": str(lined)})
    assert challenge.test.partition is not None
    assert challenge.test.partition.tolist() == ["matched"] * 2 + ["mixture"] * 6
    content = target.read_bytes()
    assert not [word for word in (b"clouds", b"profile", b"species", b"star\0") if word in content]


@pytest.mark.parametrize("pairs", [["H2-H2"], []])
def test_references_by_other_physics_than_that_of_the_spectra_are_told(
    lined: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pairs: list[str]
) -> None:
    monkeypatch.setattr("harness.cli.simulate.with_traces", lambda splits, *_, **__: splits)
    words = ["simulate", str(tmp_path / "small.h5"), "--planets", "4", "--test", "1", "--traces", "0"]
    chosen = [word for pair in pairs for word in ("--collisions", pair)]
    result = CliRunner().invoke(main, [*words, "--opacities", str(lined), *chosen])
    assert result.exit_code == 0, result.output
    assert ("knows of no collision-induced absorption of H2-H2" in result.stderr) == bool(pairs)


def test_collisions_are_the_same_in_the_layered_model(lined: Path, population) -> None:
    forward = Forward(lined, collisions=("H2-H2",))
    without = Matched().spectra(population, Forward(lined), np.random.default_rng(0), lambda done: None)
    whole = Matched().spectra(population, forward, np.random.default_rng(0), lambda done: None)
    assert (whole > without - 1e-8).all()
    assert (whole - without).max() > 1e-5
    for shift in (
        Clouds.create({"highest": 1e7, "lowest": 1e7}),
        Profile.create({"weakest": 0, "strongest": 0}),
    ):
        layered = shift.spectra(population, forward, np.random.default_rng(0), lambda done: None)
        assert np.abs(layered - whole).max() < 0.2e-6
