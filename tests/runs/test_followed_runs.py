"""What the hooks of a plugin are told of a run, and what they leave with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch

from harness import Run, Split, hookimpl
from harness.data.record import RunRecord
from harness.estimators.prior import Prior
from harness.registry.plugins import Registration, manager
from harness.runs.assembly import Choice
from harness.runs.home import Home
from harness.runs.plan import Plan
from harness.runs.runner import execute


class Reporting(Prior):
    """A prior that reports an epoch, uses features, and may fail after it."""

    uses_features = True
    fails = False

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        super().fit(train, valid, run)
        run.epoch_finished({"loss": 0.5})
        if self.fails:
            raise RuntimeError("the loss exploded")


class Failing(Reporting):
    """One that fails."""

    fails = True


class Follower:
    """A plugin that keeps what it is told, and writes a line for each epoch."""

    runs: list[Run]

    def __init__(self) -> None:
        self.runs = []

    @hookimpl
    def run_started(self, run: Run) -> None:
        self.runs.append(run)

    @hookimpl
    def epoch_finished(self, run: Run, metrics: Mapping[str, float]) -> None:
        assert run.artifacts is not None
        with (run.artifacts / "epochs.txt").open("a") as file:
            file.write(f"{run.run_id} {metrics['loss']}\n")


@pytest.fixture
def follower() -> Iterator[Follower]:
    plugin = Follower()
    manager().register(plugin, name="test:follower")
    yield plugin
    manager().unregister(plugin)


def run_of(kind: type[Reporting], tmp_path: Path) -> RunRecord:
    registration = Registration("estimator", "reporting", f"{__name__}:Reporting", "", "ariel-harness", "0")
    toy = Choice.of("challenge", "toy", {"train": 60, "test": 5})
    plan = Plan(
        challenge=toy,
        estimator=Choice(registration, kind, kind.Options()),
        preprocessor=Choice.of("preprocessor", "scale-heights"),
        embedder=Choice.of("embedder", "none"),
        seed=0,
        n_samples=1000,
        device=torch.device("cpu"),
        label="mine",
    )
    return execute(plan, toy.build(), [Choice.of("scorer", "r2")], Home(tmp_path))[0]


def test_a_hook_knows_the_run_that_it_follows(follower: Follower, tmp_path: Path) -> None:
    record = run_of(Reporting, tmp_path)
    (run,) = follower.runs
    assert (run.run_id, run.label, run.challenge, run.seed) == (record.run_id, "mine", "toy", 0)
    assert run.components == {
        "challenge": record.challenge,
        "estimator": record.estimator,
        "preprocessor": record.preprocessor,
        "embedder": record.embedder,
    }
    assert run.components["challenge"].changed == {"train": 60, "test": 5}


def test_what_a_hook_writes_is_kept_with_the_run(follower: Follower, tmp_path: Path) -> None:
    record = run_of(Reporting, tmp_path)
    written = tmp_path / record.artifacts / "artifacts" / "epochs.txt"
    assert written.read_text() == f"{record.run_id} 0.5\n"


def test_it_is_kept_with_a_run_that_failed_too(follower: Follower, tmp_path: Path) -> None:
    record = run_of(Failing, tmp_path)
    assert record.status == "failed"
    folder = tmp_path / record.artifacts
    assert sorted(path.name for path in folder.iterdir()) == ["artifacts", "log.txt", "record.json"]
    assert (folder / "artifacts" / "epochs.txt").read_text() == f"{record.run_id} 0.5\n"


def test_a_run_without_artifacts_has_no_folder_for_them(tmp_path: Path) -> None:
    assert not (tmp_path / run_of(Reporting, tmp_path).artifacts / "artifacts").exists()


def test_a_preprocessor_that_does_something_else_here_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The toy challenge tells neither star radius nor planet mass, which scale heights need."""
    record = run_of(Reporting, tmp_path)
    told = (
        "the challenge has no column star_radius_m [m] and no column planet_mass_kg [kg], so preprocessor "
        "'scale-heights' does what 'standardize' does with include_noise=true."
    )
    assert f"reporting: {told}" in capsys.readouterr().err.replace("\n", " ")
    assert told in (tmp_path / record.artifacts / "log.txt").read_text()
