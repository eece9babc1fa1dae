"""What is asked for becomes runs: several seeds are several runs, and one broken method stops no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from harness.errors import HarnessError
from harness.runs.planning import plan_runs
from harness.runs.request import Request

Invoke = Callable[..., Result]
Install = Callable[[str, str], Path]

TINY = {"challenge": {"train": 40, "valid": 5, "test": 5, "rows": 200}}
SMALL = ("-c", "toy", *(f"--set=challenge.{option}={value}" for option, value in TINY["challenge"].items()))


def asking(**asked: object) -> Request:
    given = {"challenge": "toy", "estimators": ("prior",), "settings": TINY, **asked}
    return Request(**given)  # type: ignore[arg-type]


def test_every_seed_is_a_run_of_every_estimator() -> None:
    planned = plan_runs(asking(estimators=("prior", "nearest", "prior"), seeds=(3, 4, 3)))
    runs = [(plan.seed, plan.estimator.registration.name) for plan in planned.plans]
    assert runs == [(3, "prior"), (3, "nearest"), (4, "prior"), (4, "nearest")]


def test_all_leaves_out_what_takes_hours_unless_it_is_named() -> None:
    settings = {**TINY, "nested-sampling": {"forward": "linear"}}  # which the toy suits
    planned = plan_runs(asking(estimators=(), all=True, settings=settings))
    said = [str(one) for one in planned.left_out]
    assert any(
        "'nested-sampling' is left out: it retrieves one planet after the other" in one for one in said
    )
    assert "nested-sampling" not in {plan.estimator.registration.name for plan in planned.plans}
    planned = plan_runs(asking(estimators=("nested-sampling",), all=True, settings=settings))
    assert not any("nested-sampling" in str(one) for one in planned.left_out)
    assert "nested-sampling" in {plan.estimator.registration.name for plan in planned.plans}


def test_a_plan_holds_what_was_asked_for() -> None:
    request = asking(
        estimators=("nearest",),
        settings={**TINY, "nearest": {"k": 7}},
        scorers=("r2",),
        samples=1500,
        name="mine",
        time_budget=2.0,
        resume=True,
    )
    planned = plan_runs(request)
    (plan,) = planned.plans
    assert plan.estimator.record().changed == {"k": 7}
    assert (plan.n_samples, plan.label, plan.time_budget, plan.resume) == (1500, "mine", 2.0, True)
    assert [scorer.registration.name for scorer in planned.scorers] == ["r2"]
    assert len(planned.challenge.test) == 5


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"estimators": ()}, "No estimator was asked for"),
        ({"seeds": ()}, "No seed was given"),
        ({"seeds": (0, -1)}, "The seed is -1"),
        ({"samples": 10}, "is 10; expected 1000 to 5000"),
        ({"time_budget": float("nan")}, "The time budget is nan"),
        ({"device": "tpu"}, "'tpu' is not known"),
        ({"settings": {"nearest": {"k": 3}}}, "no such component takes part"),
        ({"all": True, "preprocessor": "standardise"}, "did you mean 'standardize'"),
    ],
)
def test_what_cannot_be_is_refused(asked: dict[str, object], said: str) -> None:
    with pytest.raises(HarnessError, match=said):
        plan_runs(asking(**asked))


def test_methods_that_need_traces_are_left_out_where_there_are_none() -> None:
    untraced = {**TINY, "challenge": {**TINY["challenge"], "traced": 0}}
    planned = plan_runs(asking(estimators=(), all=True, settings=untraced, scorers=("r2",)))
    left_out = {one.estimator: one.reason for one in planned.left_out}
    for name in ("npe-ddks", "npe-mmd", "npe-independent"):
        assert "traces" in left_out[name]
        assert "'nearest'" in left_out[name]  # what does not need them
    running = {plan.estimator.registration.name for plan in planned.plans}
    assert {"prior", "nearest", "npe-kl"} <= running
    assert not running & left_out.keys()


def test_a_method_that_needs_traces_is_refused_by_name_before_anything_is_fitted(
    invoke: Invoke, home: Path
) -> None:
    result = invoke("run", "-e", "npe-ddks", *SMALL, "--set", "challenge.traced=0", "-s", "r2")
    assert result.exit_code == 2
    assert "'npe-ddks' does not suit toy: it compares its samples with the traces" in result.stderr
    assert not home.exists()


def test_several_seeds_on_the_command_line_are_several_runs(invoke: Invoke) -> None:
    result = invoke("run", "-e", "prior", *SMALL, "-s", "r2", "--seed", "3", "--seed", "4", "--json")
    assert result.exit_code == 0, result.stderr
    assert [record["seed"] for record in json.loads(result.stdout)] == [3, 4]


def test_several_seeds_in_a_configuration_file_are_several_runs(invoke: Invoke, tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text('challenge = "toy"\nestimators = ["prior"]\nscorers = ["r2"]\nseeds = [0, 1]\n')
    result = invoke("run", "--config", config, *SMALL[2:], "--json")
    assert result.exit_code == 0, result.stderr
    assert [record["seed"] for record in json.loads(result.stdout)] == [0, 1]
    result = invoke("run", "--config", config, *SMALL[2:], "--json", "--seed", "2")
    assert json.loads(result.stdout)["seed"] == 2


BROKEN = """
    from harness import hookimpl

    @hookimpl
    def register_estimators(register):
        register("missing", "no_such_package:Method", summary="its package is not there")
        register("odd", "broken_classes:Odd", summary="asks for a preprocessor that is not there")
        register("raising", "broken_classes:Raising", summary="fails when asked whether it suits")
        register("of-old", "broken_classes:OfOld", summary="says by its schema alone what it needs")

    @hookimpl
    def register_preprocessors(register):
        register("lost", "no_such_package:Lost", summary="not there")
"""
METHODS = """
from harness.estimators.prior import Prior

class Odd(Prior):
    uses_features = True
    default_preprocessor = "lost"

class Raising(Prior):
    def unsuitable(self):
        raise KeyError("temperature")

class OfOld(Prior):
    def unsuitable(self):
        return "It needs a coronagraph."
"""


@pytest.fixture
def broken(install_here: Install) -> None:
    """An installed distribution whose estimators each cannot run for another reason."""
    folder = install_here("broken-methods", BROKEN)
    (folder / "broken_classes.py").write_text(METHODS)


@pytest.mark.usefixtures("broken")
def test_all_goes_on_without_methods_that_are_broken() -> None:
    planned = plan_runs(asking(estimators=(), all=True, settings={**TINY, "missing": {"depth": 3}}))
    told = {one.estimator: str(one) for one in planned.left_out}
    assert len(told) == len(planned.left_out)
    assert "estimator 'missing' of broken-methods could not be imported" in told["missing"]
    assert "preprocessor 'lost' of broken-methods could not be imported" in told["odd"]
    assert told["raising"] == "'raising' is left out: it fails with KeyError: 'temperature'"
    assert told["of-old"] == "'of-old' is left out: it needs a coronagraph."
    running = {plan.estimator.registration.name for plan in planned.plans}
    assert {"prior", "nearest"} <= running
    assert not running & told.keys()


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    ("name", "said"),
    [("missing", "could not be imported"), ("of-old", "'of-old' does not suit toy: it needs a coronagraph")],
)
def test_a_broken_method_that_is_named_is_refused(name: str, said: str) -> None:
    for every in (False, True):
        with pytest.raises(HarnessError, match=said):
            plan_runs(asking(estimators=(name,), all=every))


def test_a_label_that_means_another_run_is_refused() -> None:
    with pytest.raises(HarnessError, match="means whichever run is the last one; choose another"):
        plan_runs(asking(estimators=("nearest",), name="latest"))
