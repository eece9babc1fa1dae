"""A challenge in one file is the same challenge, up to the digits that it says it drops."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from harness.challenges import load
from harness.challenges.simulated_file import read_challenge_file, write_challenge_file
from harness.cli import main
from harness.components import Challenge
from harness.errors import HarnessError


@pytest.fixture
def challenge() -> Challenge:
    return load("toy", {"train": 30, "valid": 5, "test": 6, "rows": 100})


@pytest.fixture
def path(challenge: Challenge, tmp_path: Path) -> Path:
    write_challenge_file(tmp_path / "challenge.h5", challenge.schema, challenge.splits, "a test", "0")
    return tmp_path / "challenge.h5"


def test_planets_and_parameters_survive(challenge: Challenge, path: Path) -> None:
    schema, splits = read_challenge_file(path)
    assert schema == challenge.schema
    for name, split in challenge.splits.items():
        seen, again = split.observations, splits[name].observations
        assert again.planet_ids.tolist() == seen.planet_ids.tolist()
        assert torch.equal(again.spectrum, seen.spectrum.float().double())
        assert torch.equal(again.noise, seen.noise.float().double())
        assert torch.equal(again.auxiliary, seen.auxiliary)
        assert torch.equal(splits[name].parameters, split.parameters)


def test_traces_survive_to_five_digits(challenge: Challenge, path: Path) -> None:
    _, splits = read_challenge_file(path)
    for name, split in challenge.splits.items():
        before, after = split.truth.traces, splits[name].truth.traces
        assert before is not None
        assert after is not None
        assert torch.equal(after.lengths, before.lengths)
        for planet in range(len(split)):
            values, weights = before.trace(planet)
            read, mass = after.trace(planet)
            torch.testing.assert_close(read, values, rtol=1e-5, atol=0)
            torch.testing.assert_close(mass, weights, rtol=2e-5, atol=0)
            if len(mass):
                assert abs(float(mass.sum()) - 1) < 1e-12


def test_the_same_challenge_gives_the_same_bytes(challenge: Challenge, path: Path, tmp_path: Path) -> None:
    write_challenge_file(tmp_path / "again.h5", challenge.schema, challenge.splits, "a test", "0")
    assert (tmp_path / "again.h5").read_bytes() == path.read_bytes()


def test_a_file_that_was_cut_off_is_named(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(HarnessError, match=r"challenge\.h5 is damaged or cut off"):
        read_challenge_file(path)


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["spectrum"] = np.zeros(3)
    with pytest.raises(HarnessError, match=r"other\.h5 is not a challenge"):
        read_challenge_file(tmp_path / "other.h5")


def test_a_later_version_is_refused(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["version"] = 99
    with pytest.raises(HarnessError, match="reads version 1"):
        read_challenge_file(path)


@pytest.mark.parametrize("name", ["spectrum", "trace_values", "parameters"])
def test_a_number_that_is_none_is_refused(path: Path, name: str) -> None:
    with h5py.File(path, "r+") as file:
        file["test"][name][0, 0] = np.nan
    with pytest.raises(HarnessError, match="damaged"):
        read_challenge_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"nowhere\.h5 is missing"):
        load(f"simulated:{tmp_path / 'nowhere.h5'}").schema  # noqa: B018


def test_simulate_writes_a_file_that_is_a_challenge(tmp_path: Path) -> None:
    target = tmp_path / "small.h5"
    result = CliRunner().invoke(
        main, ["simulate", str(target), "--planets", "20", "--test", "3", "--shift", "clouds=2"]
    )
    assert result.exit_code == 0, result.output
    challenge = load(f"simulated:{target}")
    assert [len(challenge.splits[name]) for name in ("train", "valid", "test")] == [18, 2, 5]
    assert list(challenge.test.partitions()) == ["matched", "clouds"]
    assert challenge.forward_model() is not None
    with h5py.File(target) as file:
        assert file.attrs["made_by"].startswith("harness simulate --planets 20 --test 3 --shift clouds=2")


def test_the_bundled_challenge_keeps_the_fingerprint_of_its_published_leaderboard():
    assert load("ariel-mini").fingerprint == "309f781177728584"
