"""What a run says when a plugin goes wrong, and what a plugin that talks may do to the output."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from harness.data.record import RunRecord
from harness.runs.planning import plan_runs
from harness.runs.request import Request

Install = Callable[[str, str], Path]
Process = Callable[..., subprocess.Popen[str]]

SMALL = ("-c", "toy", *(f"--set=challenge.{word}" for word in ("train=60", "valid=5", "test=5", "rows=200")))

FAULTY = """
    from harness import hookimpl

    @hookimpl
    def register_preprocessors(register):
        register("unfit", "faulty_parts:Unfit", summary="fails in fit")

    @hookimpl
    def register_estimators(register):
        register("talking", "faulty_parts:Talking", summary="prints while it fits")
        register("careless", "faulty_parts:Careless", summary="scales its training planets where they are")
"""
PARTS = """
import os, subprocess, sys
from torch import nn
from harness import Preprocessor
from harness.estimators.prior import Prior

class Unfit(Preprocessor):
    def architecture(self, schema): return nn.Identity()
    def fit(self, train, schema): raise ZeroDivisionError("no planets")

class Careless(Prior):
    def fit(self, train, valid, run):
        train.observations.spectrum.div_(train.observations.spectrum.mean())
        super().fit(train, valid, run)

class Talking(Prior):
    def fit(self, train, valid, run):
        super().fit(train, valid, run)
        print("Epoch 1/10")
        os.write(1, b"from a library in C\\n")
        subprocess.run([sys.executable, "-c", "print('from a process')"])
"""


@pytest.fixture
def faulty(install: Install) -> Path:
    """A distribution whose components each go wrong in one way."""
    folder = install("faulty", FAULTY)
    (folder / "faulty_parts.py").write_text(PARTS)
    return folder


@pytest.fixture
def ended(process: Process) -> Callable[..., tuple[int, str, str]]:
    def call(*words: str, seeing: tuple[Path, ...]) -> tuple[int, str, str]:
        started = process(*words, seeing=seeing)
        output, errors = started.communicate()
        return started.returncode, output, errors

    return call


Ended = Callable[..., tuple[int, str, str]]


def test_debug_shows_where_a_run_failed(ended: Ended, faulty: Path) -> None:
    words = ("run", "-e", "npe-kl", "-p", "unfit", *SMALL)
    said = "Error: preprocessor 'unfit' failed: ZeroDivisionError: no planets; the log is "
    (line,) = ended(*words, seeing=(faulty,))[2].splitlines()
    assert line.startswith(said)
    errors = ended("--debug", *words, seeing=(faulty,))[2]
    assert "Traceback" in errors
    assert "faulty_parts.py" in errors
    assert said in errors


def test_what_one_method_changes_in_place_is_no_fault_of_the_next(ended: Ended, faulty: Path) -> None:
    words = ("run", "-e", "careless", "-e", "nearest", *SMALL, "-s", "r2", "--json")
    code, output, errors = ended(*words, seeing=(faulty,))
    assert code == 2
    assert "while 'careless' was fitted and asked, the planets of toy were changed in place" in errors
    records = json.loads(output)
    assert [record["status"] for record in records] == ["failed", "finished"]
    alone = ended("run", "-e", "nearest", *SMALL, "-s", "r2", "--json", seeing=(faulty,))[1]
    assert records[1]["scores"] == json.loads(alone)["scores"]


def test_json_stands_alone_however_much_a_method_prints(ended: Ended, faulty: Path) -> None:
    code, output, errors = ended("run", "-e", "talking", *SMALL, "-s", "r2", "--json", seeing=(faulty,))
    assert code == 0, errors
    assert json.loads(output)["status"] == "finished"
    for said in ("Epoch 1/10", "from a library in C", "from a process"):
        assert said in errors


def test_the_contract_in_json_stands_alone_too(ended: Ended, faulty: Path) -> None:
    _, output, _ = ended("plugins", "test", "talking", "--json", seeing=(faulty,))
    assert {result["name"] for result in json.loads(output)} == {"talking"}


LOGGER = """
    from harness import HarnessError, hookimpl

    @hookimpl
    def register_estimators(register):
        register("epochs", "epochs_of:Epochs", summary="reports three epochs")

    @hookimpl
    def {hook}({arguments}):
        raise HarnessError("The tracking server is away.")
"""
EPOCHS = """
from harness.estimators.prior import Prior

class Epochs(Prior):
    def fit(self, train, valid, run):
        super().fit(train, valid, run)
        for epoch in range(3):
            run.epoch_finished({"epoch": epoch})
"""


@pytest.mark.parametrize(
    ("hook", "arguments", "recorded"),
    [("epoch_finished", "metrics", 1), ("run_finished", "record", 1), ("run_started", "run", 0)],
)
def test_a_plugin_that_refuses_ends_the_command_and_leaves_the_run_alone(
    invoke: Callable[..., Result], install_here: Install, home: Path, hook: str, arguments: str, recorded: int
) -> None:
    folder = install_here("logger", LOGGER.replace("{hook}", hook).replace("{arguments}", arguments))
    (folder / "epochs_of.py").write_text(EPOCHS)
    result = invoke("run", "-e", "epochs", "-e", "prior", *SMALL, "-s", "r2")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line == f"Error: Plugin 'logger:logger' in {hook}: The tracking server is away."
    records = [RunRecord.read(path) for path in home.glob("runs/*/record.json")]
    assert [record.status for record in records] == ["finished"] * recorded
    assert not list(home.glob("runs/.*.partial"))


WRONG = """
import torch
from torch import nn
from harness import Challenge, Component, Embedder, Estimator, Posterior, Preprocessor, Score, Scorer
from harness.challenges.toy import Toy
from harness.estimators.prior import Prior

class Forgets(Prior):
    def sample(self, observations, n, run): super().sample(observations, n, run)

class Arrays(Prior):
    def sample(self, observations, n, run):
        return Posterior.equal(super().sample(observations, n, run).samples.numpy())

class Imaginary(Prior):
    def sample(self, observations, n, run):
        return Posterior.equal(super().sample(observations, n, run).samples * 1j)

class Silent(Prior):
    def fit(self, train, valid, run): assert len(train) == 3

class Unwritten(Estimator):
    def fit(self, train, valid, run): ...

class Unchecked(Prior):
    class Options: depth = 3

class Bare(Prior):
    class Options(Component.Options): depth: int

class Lost(Estimator):
    default_preprocessor = "standardise"
    def fit(self, train, valid, run): ...
    def sample(self, observations, n, run): ...

class Doubting(Prior):
    def unsuitable(self): raise KeyError("star_mass")

class Number(Scorer):
    def score(self, prediction, truth, challenge): return 0.5

class One(Scorer):
    def score(self, prediction, truth, challenge): return Score.from_planets(torch.ones(1))

class Gaps(Preprocessor):
    def architecture(self, schema): return Scaled(torch.nan)

class Scaled(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor
    def forward(self, spectrum, noise, auxiliary): return spectrum * self.factor

class Nothing(Embedder):
    def architecture(self, n_features): pass

class Unmeasured(Embedder):
    def architecture(self, n_features): return nn.Identity()

class Nought(Challenge):
    def read(self): pass

class Half(Toy):
    def read(self):
        schema, splits = super().read()
        return schema, {name: splits[name] for name in ("train", "valid")}

class Holes(Toy):
    def read(self):
        schema, splits = super().read()
        splits["train"].observations.spectrum[3, 0] = torch.nan
        return schema, splits

class Noiseless(Toy):
    def read(self):
        schema, splits = super().read()
        splits["test"].observations.noise[0, 0] = 0
        return schema, splits

class Twice(Toy):
    def read(self):
        schema, splits = super().read()
        return schema, {**splits, "valid": splits["train"][[0, 1, 0]]}

class Narrow(Toy):
    def read(self):
        schema, splits = super().read()
        fewer = {name: getattr(schema, name)[1:] for name in ("wavelength", "width")}
        return schema.model_copy(update=fewer), splits
"""
NAMED = {
    "estimator": "Forgets Arrays Imaginary Silent Unwritten Unchecked Bare Lost Doubting",
    "scorer": "Number One",
    "preprocessor": "Gaps",
    "embedder": "Nothing Unmeasured",
    "challenge": "Nought Half Holes Noiseless Twice Narrow",
}


@pytest.fixture
def wrong(install_here: Install) -> None:
    """A distribution of what beginners write, each under the name of its class in small letters."""
    source = "from harness import hookimpl\n"
    for kind, names in NAMED.items():
        source += f"@hookimpl\ndef register_{kind}s(register):\n"
        source += "".join(f"    register('{one.lower()}', 'wrong_parts:{one}')\n" for one in names.split())
    (install_here("wrong", source) / "wrong_parts.py").write_text(WRONG)


FOREST = ("-e", "random-forest", "--set=estimator.trees=2")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("-e", "forgets"),
            "'forgets' failed: The estimator gave a NoneType; expected a harness.Posterior, ",
        ),
        (("-e", "arrays"), "'arrays' failed: TypeError: samples must be a tensor of real numbers, not "),
        (
            ("-e", "imaginary"),
            "'imaginary' failed: TypeError: samples must be a tensor of real numbers, not ",
        ),
        (("-e", "silent"), "'silent' failed: AssertionError; the log is "),
        (("-e", "unwritten"), "estimator 'unwritten' of wrong lacks `sample`; write it."),
        (("-e", "unchecked"), "estimator 'unchecked' of wrong has options that are not checked; make its "),
        (
            ("-e", "bare"),
            "Option 'depth' of estimator 'bare' of wrong, without any given, has no value; give ",
        ),
        (("-e", "lost"), "The default preprocessor of estimator 'lost' is not there: There is no "),
        (("-e", "doubting"), "estimator 'doubting' failed: KeyError: 'star_mass' (this is a bug or "),
        (
            ("-e", "prior", "-s", "number"),
            "scorer 'number' failed: it gave a float; expected a harness.Score",
        ),
        (("-e", "prior", "-s", "one"), "scorer 'one' failed: its scores of single planets have shape (1,); "),
        (
            (*FOREST, "-p", "gaps"),
            "preprocessor 'gaps' failed: some of its features of the training planets ",
        ),
        ((*FOREST, "-m", "nothing"), "embedder 'nothing' failed: it made a NoneType; expected a torch.nn."),
        ((*FOREST, "-m", "unmeasured"), "embedder 'unmeasured' failed: its module lacks `n_context`, "),
    ],
)
def test_what_beginners_write_is_named_in_a_sentence(
    invoke: Callable[..., Result], wrong: None, words: tuple[str, ...], said: str
) -> None:
    result = invoke("run", *SMALL, "-s", "r2", *words)
    assert result.exit_code in (1, 2)
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {said}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nought", "`read` gave a NoneType; expected a schema and the splits by name."),
        ("half", "the split 'test' is missing."),
        ("holes", "in the split 'train' `spectrum` is not finite everywhere."),
        ("noiseless", "in the split 'test' `noise` is not positive everywhere."),
        ("twice", "in the split 'valid' the planet id train1 stands twice."),
        ("narrow", "in the split 'train' `spectrum` has shape (60, 52); expected (60, 51)."),
    ],
)
def test_a_challenge_that_cannot_be_used_is_refused_before_the_fit(
    invoke: Callable[..., Result], wrong: None, home: Path, name: str, said: str
) -> None:
    options = SMALL[2:] if name != "nought" else ()
    result = invoke("run", "-c", name, "-e", "prior", *options)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [f"Error: {name} cannot be used as a challenge: {said}"]
    assert not list(home.glob("runs/*"))


def test_all_methods_go_on_without_those_that_are_not_whole(wrong: None) -> None:
    small = {"train": 60, "valid": 5, "test": 5, "rows": 200}
    planned = plan_runs(Request(challenge="toy", all=True, scorers=("r2",), settings={"challenge": small}))
    left_out = {one.estimator for one in planned.left_out}
    assert {"unwritten", "unchecked", "bare", "lost", "doubting"} <= left_out
    assert "prior" in {plan.estimator.registration.name for plan in planned.plans}


@pytest.fixture
def with_method(install_here: Install) -> Callable[[str, str], None]:
    """Installs `prior` with another method in its place, under a name: `with_method("name", source)`."""

    def make(name: str, method: str) -> None:
        registers = f"    register('{name}', '{name}_parts:Other', summary='x')\n"
        folder = install_here(
            name, f"from harness import hookimpl\n@hookimpl\ndef register_estimators(register):\n{registers}"
        )
        imports = "import sys\nfrom harness.estimators.prior import Prior\n"
        (folder / f"{name}_parts.py").write_text(f"{imports}class Other(Prior):\n{method}")

    return make


def test_a_method_that_leaves_its_process_fails_the_checks_of_the_contract(
    invoke: Callable[..., Result], with_method: Callable[[str, str], None]
) -> None:
    with_method("leaving", "    def fit(self, train, valid, run): sys.exit(0)\n")
    result = invoke("plugins", "test", "leaving")
    assert result.exit_code == 1
    assert "SystemExit: 0" in result.output


def test_a_method_that_changes_what_it_is_given_is_the_only_one_to_blame(
    invoke: Callable[..., Result], with_method: Callable[[str, str], None]
) -> None:
    with_method(
        "doubling",
        "    def sample(self, observations, n, run):\n"
        "        observations.noise.mul_(2)\n"
        "        return super().sample(observations, n, run)\n",
    )
    assert "the challenge's tensors were changed in place" in invoke("plugins", "test", "doubling").output
    assert "0 failed" in invoke("plugins", "test", "prior").output
