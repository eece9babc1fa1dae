"""A challenge in one file is the same challenge, up to the digits that it says it drops."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from harness.challenges import load
from harness.challenges.simulated_file import write_challenge_file
from harness.challenges.simulated_reader import read_challenge_file
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
    with pytest.raises(HarnessError, match=r"challenge\.h5 is cut off before its end"):
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
    with pytest.raises(HarnessError, match=rf"'{name}' is nan in place \(0, 0\)"):
        read_challenge_file(path)


def set_value(name: str, at: object, value: object) -> Callable[[h5py.Group], None]:
    def change(group: h5py.Group) -> None:
        group[name][at] = value

    return change


def replace(name: str, change: Callable[[Any], Any]) -> Callable[[h5py.Group], None]:
    def put(group: h5py.Group) -> None:
        values = change(group[name][()])
        del group[name]
        group[name] = values

    return put


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (set_value("noise", (1, 3), 0), "noise of planet test2 is 0 in channel 3"),
        (set_value("noise", (1, 3), -1e-5), "noise of planet test2 is -1e-05 in channel 3"),
        (set_value("noise", (1, 3), np.inf), "'noise' is inf"),
        (set_value("planet_id", 1, b"test1"), "lists planet test1 twice"),
        (set_value("planet_id", 1, b"a\x1b[2J"), "that can be printed"),
        (set_value("trace_weights", 0, np.inf), "'trace_weights' is inf"),
        (set_value("trace_weights", 0, -0.5), "weight of a trace is negative"),
        (set_value("trace_weights", slice(0, 100), 0), "weights of planet test1 sum to 0"),
        (set_value("trace_lengths", 0, 99), "rows, their lengths say"),
        (set_value("trace_lengths", 0, -1), "do not fit their lengths"),
        (replace("spectrum", lambda values: values + 1j), "'spectrum' does not hold numbers"),
        (replace("spectrum", lambda values: values > 0), "'spectrum' does not hold numbers"),
        (replace("spectrum", lambda values: values[:, :51]), r"has shape \(6, 51\); expected \(6, 52\)"),
        (replace("planet_id", lambda values: np.arange(6.0)), "'planet_id' does not hold texts"),
        (replace("parameters", lambda values: values[0]), r"has shape \(7,\)"),
        (lambda group: group.pop("auxiliary"), "has no dataset 'auxiliary'"),
    ],
)
def test_what_cannot_be_scored_is_refused(
    path: Path, damage: Callable[[h5py.Group], None], said: str
) -> None:
    with h5py.File(path, "r+") as file:
        damage(file["test"])
    with pytest.raises(HarnessError, match=said) as caught:
        read_challenge_file(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("name", "log_CO", "several of the parameter log_CO"),
        ("name", "planet_temp/K", "planet_temp/K would be taken for a part of planet_temp"),
        ("name", "[/b]\n", "cannot be the name of a parameter"),
        ("upper", 1e200, "bounds of log_H2O must be finite"),
    ],
)
def test_a_schema_that_cannot_be_is_refused(path: Path, key: str, value: object, said: str) -> None:
    with h5py.File(path, "r+") as file:
        schema = json.loads(file.attrs["schema"])
        schema["parameters"][2][key] = value
        file.attrs["schema"] = json.dumps(schema)
    with pytest.raises(HarnessError, match=said):
        read_challenge_file(path)


def test_other_parameters_than_those_of_the_forward_model_are_refused(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["schema"] = file.attrs["schema"].replace("log_H2O", "log_HCN")
    with pytest.raises(HarnessError, match="the forward model of simulated takes planet_radius"):
        load(f"simulated:{path}").schema  # noqa: B018


def test_a_file_of_a_stranger_puts_no_other_file_into_a_submission(
    invoke: Callable[..., Result], path: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a line of a secret file\n" * 10)
    with h5py.File(path, "r+") as file:
        del file["test/planet_id"]
        file["test"].create_dataset("planet_id", shape=(6,), dtype="S24", external=[(str(secret), 0, 144)])
    result = invoke("run", "-c", f"simulated:{path}", "-e", "prior", "--samples", "1000")
    assert result.exit_code == 2
    assert "'planet_id' points into another file" in result.stderr
    assert not (tmp_path / "home" / "runs").exists()


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
