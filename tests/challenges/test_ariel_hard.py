"""The bundled challenge whose physics and reference posteriors are not those of its forward model."""

from pathlib import Path

import h5py
import pytest
import torch

from harness.challenges import load
from harness.challenges.simulated import BUNDLED_HARD
from harness.components import Challenge
from harness.metrics import weighted_median
from harness.physics.builtin_opacities import opacity_directory
from harness.simulation.foreign_opacities import write_foreign_opacities

MIB = 2**20


@pytest.fixture(scope="module")
def hard() -> Challenge:
    return load("ariel-hard", {"opacities": "built-in"})


def test_it_is_as_large_as_it_should_be_and_no_larger(hard: Challenge) -> None:
    assert len(hard.train) >= 8000
    assert hard.train.truth.n_traces >= 1000
    assert {name: len(rows) for name, rows in hard.test.partitions().items()} == {
        "matched": 80,
        "mixture": 80,
    }
    assert hard.test.truth.n_traces == 160
    assert hard.valid.truth.n_traces == 0
    assert BUNDLED_HARD.stat().st_size <= 20 * MIB


def test_methods_get_the_model_that_everybody_has_and_it_does_not_make_the_spectra(hard: Challenge) -> None:
    forward, check = hard.forward_model(), hard.forward_check()
    theirs = load("ariel-mini").forward_model()
    assert forward is not None
    assert theirs is not None
    assert forward.identity == theirs.identity
    assert check is not None
    assert not check.agrees
    assert check.missing == 0


def test_opacities_of_ones_own_make_another_challenge(hard: Challenge, tmp_path: Path) -> None:
    write_foreign_opacities(opacity_directory(), tmp_path / "other", 3)
    forward = load("ariel-hard", {"opacities": str(tmp_path / "other")}).forward_model()
    assert forward is not None
    assert forward.identity.startswith("files-")


def test_opacities_are_learned_from_its_spectra_unless_others_are_given() -> None:
    challenge = load("ariel-hard")
    forward = challenge.forward_model()
    assert forward is not None
    assert forward.identity.startswith("fitted-")
    assert challenge.fingerprint == "c18c204d5176241a"


def test_reference_posteriors_are_sure_of_radii_that_are_wrong_in_one_way(hard: Challenge) -> None:
    traces = hard.train.truth.traces
    assert traces is not None
    off = []
    for planet in torch.nonzero(traces.present).flatten()[:200].tolist():
        values, weights = traces.trace(planet)
        mean = weights @ values
        spread = (weights @ (values - mean).square()).sqrt()
        off.append((weighted_median(values, weights) - hard.train.parameters[planet]) / spread)
    ratio = torch.stack(off)[:, 0]
    assert float(ratio.square().mean().sqrt()) > 8
    assert float((ratio > 0).double().mean()) > 0.9


def test_nothing_in_the_file_says_how_a_planet_is_shifted_or_what_made_the_spectra() -> None:
    with h5py.File(BUNDLED_HARD) as file:
        assert set(file.attrs) == {"format", "version", "schema", "made_by", "harness_version"}
        assert set(file["test"]) == {
            "planet_id", "spectrum", "noise", "auxiliary", "parameters", "partition",
            "trace_lengths", "trace_values", "trace_weights", "log_evidence",
        }  # fmt: skip
        assert set(file) == {"train", "valid", "test"}
        assert sorted(set(file["test/partition"][:])) == [b"matched", b"mixture"]


def test_it_keeps_the_fingerprint_of_its_published_leaderboard(hard: Challenge) -> None:
    assert hard.fingerprint == "cd94a265b8f0ff1a"
