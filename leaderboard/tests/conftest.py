"""A factory of run records, and the command group on its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from harness_leaderboard.commands import leaderboard
from harness_leaderboard.store import Store

from harness.cli.application import Application
from harness.data.record import (
    ChallengeRecord,
    ComponentRecord,
    EstimateRecord,
    RunRecord,
    ScoreRecord,
    SecondsRecord,
)
from harness.runs.home import Home

Number = tuple[float | None, float | None]  # a value with its standard error

NUMBERS = count(1)


def component(
    kind: str, name: str, version: str = "0.1.0", changed: dict[str, Any] | None = None, **options: Any
) -> ComponentRecord:
    """A component; `changed` are options too."""
    return ComponentRecord(
        kind=kind,
        name=name,
        distribution="ariel-harness",
        version=version,
        options={**options, **(changed or {})},
        changed=changed or {},
    )


def score(
    name: str,
    value: float | None,
    error: float | None = None,
    *,
    parts: dict[str, Number] | None = None,
    higher_is_better: bool = True,
    version: str = "0.1.0",
    n_planets: int = 100,
    **options: Any,
) -> ScoreRecord:
    """What the scorer `name` said."""
    return ScoreRecord(
        value=value,
        standard_error=error,
        scorer=component("scorer", name, version, **options),
        higher_is_better=higher_is_better,
        parts={part: EstimateRecord(value=v, standard_error=e) for part, (v, e) in (parts or {}).items()},
        n_planets=n_planets,
    )


def make_record(
    estimator: str = "nearest",
    *,
    options: dict[str, Any] | None = None,
    version: str = "0.1.0",
    scores: list[ScoreRecord] | None = None,
    seed: int = 0,
    challenge: str = "toy",
    fingerprint: str = "0123456789abcdef",
    fit: float | None = 1.0,
    sample: float | None = 0.5,
    **fields: Any,
) -> RunRecord:
    """A run record; a later one has a later start and another id."""
    number = next(NUMBERS)
    run_id = fields.pop("run_id", f"20260101-{number:06d}-{estimator}")
    name, _, _ = challenge.partition(":")
    values: dict[str, Any] = {
        "run_id": run_id,
        "identity": f"identity-{number}",
        "status": "finished",
        "started_at": f"2026-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}+00:00",
        "challenge": ChallengeRecord(
            kind="challenge",
            name=name,
            distribution="ariel-harness",
            version="0.1.0",
            options={},
            changed={},
            spec=challenge,
            fingerprint=fingerprint,
            planets={"train": 800, "valid": 100, "test": 100},
        ),
        "preprocessor": component("preprocessor", "none"),
        "embedder": component("embedder", "none"),
        "estimator": component("estimator", estimator, version, options),
        "seed": seed,
        "n_samples": 2000,
        "scores": [score("r2", 0.5, 0.01)] if scores is None else scores,
        "seconds": SecondsRecord(fit=fit, sample=sample, score=0.1),
        "device": "cpu",
        "platform": "Linux-6.1-x86_64",
        "versions": {"python": "3.11.7", "torch": "2.13.0"},
        "artifacts": f"runs/{run_id}",
    }
    return RunRecord.model_validate(values | fields)


def write_run(record: RunRecord, home: Path) -> Path:
    """The folder of a run under a home, with its record in it."""
    folder = home / record.artifacts
    folder.mkdir(parents=True)
    record.write(folder / "record.json")
    return folder


@pytest.fixture(name="make_record", scope="session")
def _make_record() -> Callable[..., RunRecord]:
    return make_record


@pytest.fixture(name="score", scope="session")
def _score() -> Callable[..., ScoreRecord]:
    return score


@pytest.fixture(name="component", scope="session")
def _component() -> Callable[..., ComponentRecord]:
    return component


@pytest.fixture(name="write_run", scope="session")
def _write_run() -> Callable[[RunRecord, Path], Path]:
    return write_run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> Store:
    return Store.of(home)


@pytest.fixture
def harness(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `harness leaderboard ...` on the home of the test, in a terminal of `width` characters."""

    class Alone(Application):
        def complete(self) -> None:
            if not self.commands:
                self.add_command(leaderboard, "leaderboard")

    group = Alone("harness")

    def invoke(*words: str | Path, width: int = 140, answer: str | None = None) -> Result:
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("HARNESS_HOME", str(home))
        return CliRunner().invoke(group, ["leaderboard", *map(str, words)], input=answer)

    return invoke


@pytest.fixture(scope="session")
def _toy_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two real runs of `prior` and one of `nearest` on a small `toy`, in a home of their own."""
    from harness.runs.one_run import run

    made = tmp_path_factory.mktemp("toy-runs") / "home"
    settings = {"challenge": {"train": 200, "valid": 50, "test": 12, "rows": 100}}
    for estimator, seed in (("prior", 0), ("prior", 1), ("nearest", 0)):
        run(
            estimator,
            "toy",
            scorers=("ariel", "r2"),
            seed=seed,
            samples=1000,
            device="cpu",
            settings=settings,
            home=made,
            quiet=True,
        )
    return made


@pytest.fixture
def toy_runs(_toy_runs: Path, home: Path) -> list[RunRecord]:
    """The records of these runs, which lie in the home of the test, the oldest first."""
    shutil.copytree(_toy_runs / "runs", home / "runs")
    return [record for _, record in Home(home).records()]
