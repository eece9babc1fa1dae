"""`harness.run`: one recorded run from Python, and what it raises."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness
from harness.challenges.toy import Toy
from harness.components import Estimator
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.estimators.prior import Prior
from harness.runs.one_run import RunFailed

TINY = {"train": 40, "valid": 5, "test": 5, "rows": 200}
SETTINGS = {"challenge": TINY}

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def toy() -> harness.Challenge:
    return harness.load("toy", TINY)


def test_a_run_is_recorded_and_gives_its_record(home: Path) -> None:
    record = harness.run(
        "nearest", challenge="toy", seed=3, settings={**SETTINGS, "nearest": {"k": 7}}, name="a"
    )
    assert RunRecord.read(home / record.artifacts / "record.json") == record
    assert (record.status, record.seed, record.label) == ("finished", 3, "a")
    assert record.estimator.changed == {"k": 7}
    assert record.challenge.changed == TINY


def test_an_open_challenge_serves_as_well_as_its_name(toy: harness.Challenge) -> None:
    by_name = harness.run("prior", "toy", settings=SETTINGS, scorers=["r2"])
    opened = harness.run("prior", toy, scorers=["r2"])
    assert opened.identity == by_name.identity
    assert opened.challenge == by_name.challenge
    assert opened.scores == by_name.scores


def test_what_cannot_be_is_refused_and_nothing_is_recorded(home: Path, toy: harness.Challenge) -> None:
    with pytest.raises(HarnessError, match="did you mean 'nearest'"):
        harness.run("nearset", toy)
    with pytest.raises(HarnessError, match="options of 'challenge' are set"):
        harness.run("nearest", toy, settings=SETTINGS)
    with pytest.raises(HarnessError, match="expected 1000 to 5000"):
        harness.run("nearest", toy, samples=7)
    assert not home.exists()


def test_a_challenge_that_no_record_could_name_is_refused() -> None:
    class Mine(Toy):
        pass

    with pytest.raises(HarnessError, match=r"the one that was given is Mine; register it under a name"):
        harness.run("prior", Mine.create(TINY, name="toy"))


def test_a_failure_is_recorded_then_raised_with_its_cause(
    home: Path, toy: harness.Challenge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError("the loss exploded")

    monkeypatch.setattr(Prior, "fit", explode)
    with pytest.raises(
        RunFailed, match=r"'prior' failed: ZeroDivisionError: the loss exploded; the log is"
    ) as caught:
        harness.run("prior", toy)
    assert isinstance(caught.value, HarnessError)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    record = caught.value.record
    assert RunRecord.read(home / record.artifacts / "record.json").status == "failed"


def test_an_interruption_is_recorded_then_raised_and_resumed(
    home: Path, toy: harness.Challenge, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(Prior, "fit", interrupt)
        with pytest.raises(KeyboardInterrupt):
            harness.run("prior", toy)
    finished = harness.run("prior", toy, resume=True)
    assert harness.run("prior", toy, resume=True) == finished
    statuses = [RunRecord.read(path).status for path in sorted(home.glob("runs/*/record.json"))]
    assert statuses == ["interrupted", "finished"]


def test_the_public_names_are_there() -> None:
    assert harness.Estimator is Estimator
    assert set(harness.__all__) <= set(dir(harness))
    with pytest.raises(AttributeError, match="no attribute 'Estimater'"):
        harness.Estimater  # noqa: B018
