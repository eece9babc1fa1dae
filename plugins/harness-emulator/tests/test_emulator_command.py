"""`harness emulator train` and `show`, on the toy challenge, whose forward model takes no time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from harness_emulator import speed
from harness_emulator.commands import emulator
from harness_emulator.draws import Atmospheres
from harness_emulator.file import read_emulator

from harness.challenges import load
from harness.components import FunctionForwardModel
from harness.errors import HarnessError
from harness.registry.plugins import manager

SMALL = ["--atmospheres", "600", "--held-out", "64", "--epochs", "3", "--batch", "64", "--width", "16"]
SMALL += ["--finishing", "64", "--finishing-epochs", "1"]
PLANETS = {"train": 20, "valid": 1, "test": 1}  # an emulator learns from atmospheres of its own
SMALL += [word for part, number in PLANETS.items() for word in ("--set", f"challenge.{part}={number}")]


@contextmanager
def refused(match: str) -> Iterator[None]:
    with pytest.raises(HarnessError, match=match):
        yield


def called(*arguments: str) -> str:
    """What a command prints on standard output."""
    result = CliRunner().invoke(emulator, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module", autouse=True)
def timed_for_a_moment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speed, "SECONDS", 0.01)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("emulators") / "toy.emulator"
    told = json.loads(called("train", "toy", "-o", str(path), *SMALL, "--json"))
    assert told["accuracy"]["atmospheres"] == 64
    assert set(told["speed"]) == {"model", "quick", "emulator", "cores", "batch", "times"}
    assert told["speed"]["batch"] == 256
    assert told["settings"]["finishing"] == 0  # toy's model has no quick one to begin with
    return path


def test_nothing_but_the_file_is_left(trained: Path) -> None:
    assert list(trained.parent.iterdir()) == [trained]


def test_it_is_shown_with_its_errors_in_ppm_and_in_noise(trained: Path) -> None:
    told = json.loads(called("show", str(trained), "--json"))
    channels = len(told["wavelength_um"])
    for name in ("channel_median", "channel_most", "channel_median_ppm", "channel_most_ppm"):
        assert len(told["accuracy"][name]) == channels
    assert told["accuracy"]["median"] <= told["accuracy"]["most"]
    assert told["forward_model"] == load("toy", PLANETS).forward_model().identity
    assert "of the noise (median)" in called("show", str(trained))


def test_an_interrupted_training_ends_as_an_unbroken_one(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness_emulator import training

    write, path = training._write, tmp_path / "toy.emulator"

    def interrupted(checkpoint: Path, steps: int, *rest: object) -> None:
        write(checkpoint, steps, *rest)  # type: ignore[arg-type]
        if steps == 10:
            raise KeyboardInterrupt

    monkeypatch.setattr(training, "_write", interrupted)
    monkeypatch.setattr(training, "KEPT", 5)
    stopped = CliRunner().invoke(emulator, ["train", "toy", "-o", str(path), *SMALL])
    assert stopped.exit_code != 0
    monkeypatch.undo()
    assert not path.exists()
    with refused("had other settings"):
        called("train", "toy", "-o", str(path), *SMALL, "--seed", "1", "--resume")
    with refused("another challenge"):
        called("train", "toy", "-o", str(path), *SMALL, "--resume", "--set", "challenge.seed=5")
    called("train", "toy", "-o", str(path), *SMALL, "--resume")
    again, unbroken = read_emulator(path).network.state_dict(), read_emulator(trained).network.state_dict()
    assert all(torch.equal(again[name], unbroken[name]) for name in unbroken)


def test_a_batch_is_full_however_few_atmospheres_there_are() -> None:
    seen: list[int] = []

    def spectra(parameters: torch.Tensor, *_: object) -> torch.Tensor:
        seen.append(len(parameters))
        return parameters

    parameters = torch.rand(16, 2, dtype=torch.float64)
    few = Atmospheres(parameters, None, None, torch.ones_like(parameters))
    assert speed.milliseconds(FunctionForwardModel(spectra, "what it is asked"), few) > 0
    assert set(seen) == {256}


def test_a_second_training_of_the_same_file_keeps_off(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness_emulator import train_work

    begin, path = train_work._begin, tmp_path / "toy.emulator"

    def meanwhile(*asked: object) -> None:
        begin(*asked)  # type: ignore[arg-type]
        kept = sorted(path.parent.rglob("*"))
        for resume in ([], ["--resume"]):
            with refused(f"Another training of {path} is under way"):
                called("train", "toy", "-o", str(path), *SMALL, "--seed", "1", *resume)
        assert sorted(path.parent.rglob("*")) == kept

    monkeypatch.setattr(train_work, "_begin", meanwhile)
    called("train", "toy", "-o", str(path), *SMALL)
    assert list(tmp_path.iterdir()) == [path]


def test_no_more_atmospheres_end_a_training_than_there_are(tmp_path: Path) -> None:
    with refused("--finishing 300000 are more than --atmospheres 64"):
        called("train", "toy", "-o", str(tmp_path / "it"), "--atmospheres", "64", "--finishing", "300000")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_emulated_or_written_is_said_at_once(trained: Path, tmp_path: Path) -> None:
    with refused("exists already"):
        called("train", "toy", "-o", str(trained))
    with refused("folder of .* is not there"):
        called("train", "toy", "-o", str(tmp_path / "no" / "file"))
    with refused("unknown|no option|no such component"):
        called("train", "toy", "-o", str(tmp_path / "it"), "--set", "estimator.k=1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["train", "toy", "-o", ""], ["show", ""]])
def test_an_empty_word_is_no_file(command: list[str]) -> None:
    result = CliRunner().invoke(emulator, command)
    assert (result.exit_code, "it is empty" in result.output) == (2, True)


def test_the_file_is_opened_for_its_own_forward_model_alone(trained: Path, tmp_path: Path) -> None:
    toy, other = load("toy", PLANETS), load("ariel-mini")
    opened = manager().hook.open_emulator(path=trained, forward=toy.forward_model(), schema=toy.schema)
    assert opened.identity.endswith(toy.forward_model().identity)
    with refused("imitates the forward model"):
        manager().hook.open_emulator(path=trained, forward=other.forward_model(), schema=other.schema)
    stranger = tmp_path / "notes.txt"
    stranger.write_text("not an emulator")
    asked = {"path": stranger, "forward": toy.forward_model(), "schema": toy.schema}
    assert manager().hook.open_emulator(**asked) is None
    with refused("is no emulator"):
        read_emulator(stranger)
    with refused("is missing"):
        read_emulator(tmp_path / "none")
