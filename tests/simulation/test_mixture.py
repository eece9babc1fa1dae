"""The mixture of shifts, and collisions in spectra."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from harness.challenges import load
from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.cli import main
from harness.components import ForwardModel
from harness.data.host_facts import host_facts
from harness.data.split import Split
from harness.errors import HarnessError
from harness.simulation.challenge import SCHEMA
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


def off_by(forward: ForwardModel, split: Split) -> float:
    """How far spectra are from a forward model's, root mean square, in units of the noise."""
    facts = host_facts(split.observations, SCHEMA, forward.needs)
    made, seen = forward(split.parameters, *facts), split.observations
    return float(((made - seen.spectrum) / seen.noise).square().mean().sqrt())


def test_references_are_by_the_physics_of_the_spectra(
    lined: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ForwardModel] = []

    def with_traces(splits, number, parts, schema, forward, *_, **__):
        asked.append(forward)
        return splits

    monkeypatch.setattr("harness.cli.simulate.with_traces", with_traces)
    words = ["simulate", str(tmp_path / "small.h5"), "--planets", "40", "--test", "1", "--traces", "0"]
    result = CliRunner().invoke(main, [*words, "--opacities", str(lined), "--collisions", "H2-H2"])
    assert result.exit_code == 0, result.output
    train = load(f"simulated:{tmp_path / 'small.h5'}", {"opacities": str(lined)}).train
    (forward,) = asked
    quick, without = forward.quick(), ArielForwardModel(SCHEMA, str(lined))
    assert off_by(forward, train) < 0.01 < off_by(quick, train) < 0.1 < 0.5 < off_by(without, train)
    assert forward.identity != without.identity


def test_a_challenge_is_told_of_collisions_beside_its_opacities(lined: Path, tmp_path: Path) -> None:
    target = tmp_path / "small.h5"
    words = ["simulate", str(target), "--planets", "40", "--test", "1", "--opacities", str(lined)]
    assert CliRunner().invoke(main, [*words, "--collisions", "H2-H2"]).exit_code == 0
    given = {"opacities": str(lined)}
    assert not load(f"simulated:{target}", given).forward_check().agrees
    told = load(f"simulated:{target}", {**given, "collisions": ["H2-H2"]})
    assert told.forward_check().agrees
    assert told.forward_model().single().identity == told.forward_model().identity
    with pytest.raises(HarnessError, match="name these too"):
        load(f"simulated:{target}", {"collisions": ["H2-H2"]})
    with pytest.raises(HarnessError, match=r"no .cia file of H2-He"):
        load(f"simulated:{target}", {**given, "collisions": ["H2-He"]}).forward_check()


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
