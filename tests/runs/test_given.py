"""What is given from Python and cannot be used is refused in a sentence, before anything is computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import harness

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the calls below are made with."""
    toy = harness.load("toy", {"train": 40, "valid": 5, "test": 5, "rows": 200})
    public = {name: getattr(harness, name) for name in harness.__all__}
    return {**public, "toy": toy, "fitted": harness.fit("prior", toy), "Path": Path}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("load(Path('toy'))", "The challenge is a PosixPath; expected its name, a text."),
        ("load('toy', [1])", "The options of toy are [1]; expected them by name, such as {'seed': 1}."),
        ("fit('prior', 'toy')", "The challenge is 'toy'; expected one that is open, as harness.load(NAME) "),
        ("fit(Estimator, toy)", "The estimator is a ABCMeta; expected its name, a text."),
        ("fit('prior', toy, seed=-1)", "The seed is -1; expected a whole number from 0 to 2**63 - 1."),
        ("fit('prior', toy, seed=1.5)", "The seed is 1.5; expected a whole number from 0 to 2**63 - 1."),
        (
            "fit('prior', toy, time_budget=-1)",
            "The time budget is -1; expected a positive number of seconds.",
        ),
        ("fit('nearest', toy, settings={'k': 5})", "The settings are {'k': 5}; expected options by kind or "),
        ("fitted.sample(toy.test)", "The observations are a Split; expected harness.Observations, such as "),
        ("fitted.predict(toy.test.observations[:0])", "There is no planet in these observations; expected "),
        (
            "fitted.sample(toy.test.observations, 0)",
            "The number of samples for each planet is 0; expected 1 ",
        ),
        ("score(None, toy)", "The estimator gave a NoneType; expected a harness.Posterior, such as "),
        (
            "score(fitted.sample(toy.test.observations), toy, 'r2')",
            "The scorers are 'r2'; expected a list of ",
        ),
        (
            "run('prior', toy, seed=[0, 1])",
            "The seed is [0, 1]; expected a whole number from 0 to 2**63 - 1.",
        ),
        ("run(['prior', 'nearest'], toy)", "The estimator is a list; expected its name, a text."),
        (
            "run('prior', toy, samples='many')",
            "The number of samples for each planet is many; expected 1000 ",
        ),
        ("open_run(3)", "The run is a int; expected its id, label, folder or record."),
        ("leaderboard(toy)", "The challenge is a Toy; expected its name, a text."),
    ],
)
def test_what_cannot_be_used_is_a_sentence(names: dict[str, Any], home: Path, call: str, said: str) -> None:
    with pytest.raises(harness.HarnessError) as refused:
        eval(call, names)
    assert str(refused.value).startswith(said)
    assert not home.exists()
