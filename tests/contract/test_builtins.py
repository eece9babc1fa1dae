"""Every installed component keeps the contract, and the contract catches those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from harness.challenges import Observations, Split
from harness.challenges.simulated import BUNDLED
from harness.components import Component, Estimator
from harness.components.run import Run
from harness.contract import Check, ContractViolation, contract
from harness.contract.estimator import CHECKS
from harness.contract.subject import Subject
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.registry.plugins import Registration, registry

LOCATED = {
    "ariel2022",
    "ariel2023",
    "hela",
    "simulated",
    "validation",
}  # challenges that need data: tested where their data are made
PLUGINS = Path(__file__).parents[2] / "plugins"


def held_to_it_by_its_plugin(component: Registration) -> bool:
    """Whether a test of the contract beside the plugin, in this repository, names the component."""
    paths = (PLUGINS / component.distribution / "tests").glob("test_*.py")
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return any("contract(" in text and f'"{component.name}"' in text for text in texts)


def every_check() -> list[Check]:
    components = [one for one in registry() if one.name not in LOCATED and not held_to_it_by_its_plugin(one)]
    return [check for one in components for check in contract(one.kind, one.name)]


def identify(check: Check) -> str:
    return f"{check.subject.registration.kind}-{check.subject.registration.name}-{check}"


# the contract is tested with retrievals too short to be good ones, and they say so
@pytest.mark.filterwarnings("ignore:.*retrievals were stopped at the limit")
@pytest.mark.parametrize("check", every_check(), ids=identify)
def test_installed_component(check: Check) -> None:
    check()


def test_the_challenge_of_published_data(shared_data: object) -> None:
    for check in contract("challenge", "hela", location=f"{shared_data}/hela"):
        check()


def test_a_challenge_in_one_file() -> None:
    for check in contract("challenge", "simulated", location=str(BUNDLED)):
        check()


def test_a_challenge_of_held_out_planets() -> None:
    for check in contract("challenge", "validation", location="toy"):
        check()


def test_an_unknown_component_is_refused() -> None:
    with pytest.raises(HarnessError, match="did you mean 'nearest'"):
        contract("estimator", "nearset")


class Sound(Estimator):
    """A correct estimator, which each class below spoils in one way."""

    uses_features = False

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        self.table = train.parameters.clone()

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        shape = (len(observations), n)
        rows = torch.randint(len(self.table), shape, generator=run.generator("sample"))
        return Posterior.equal(self.table[rows])

    def state(self) -> dict[str, torch.Tensor]:
        return {"table": self.table}

    def restore(self, state, run):  # type: ignore[no-untyped-def]
        self.table = state["table"]


class Unseeded(Sound):
    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        torch.seed()
        self.check(observations)
        return Posterior.equal(self.table[torch.randint(len(self.table), (len(observations), n))])


class Forgetful(Sound):
    def restore(self, state, run):  # type: ignore[no-untyped-def]
        self.table = state["table"] * 0.99


class Outside(Sound):
    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        posterior = super().sample(observations, n, run)
        return Posterior(posterior.samples * 2, posterior.weights)


class Infinite(Sound):
    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        posterior = super().sample(observations, n, run)
        posterior.samples[0, 0, 0] = torch.nan
        return posterior


class Stingy(Sound):
    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        return super().sample(observations, min(n, 1200), run)


class Careless(Sound):
    def check(self, observations: Observations) -> None:
        pass


class Meddling(Sound):
    def fit(self, train: Split, valid: Split, run: Run) -> None:
        train.observations.auxiliary.add_(1)
        super().fit(train, valid, run)


class Pickling(Sound):
    def save(self, directory):  # type: ignore[no-untyped-def]
        directory.mkdir(exist_ok=True)
        torch.save(self.table, directory / "table.pt")


def spoiled(kind: type[Estimator]) -> Subject:
    return Subject(Registration("estimator", "spoiled", "x:Y", "spoiled", "nobody", "0"), kind, {})


def failing(kind: type[Estimator], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The checks that a class does not pass."""
    subject = spoiled(kind)
    monkeypatch.setattr(
        Subject, "estimator", lambda self: self.build(schema=_schema(), preprocessor=None, embedder=None)
    )
    failed = set()
    for function in CHECKS["estimator"]:
        try:
            function(subject)
        except (ContractViolation, HarnessError):
            failed.add(function.__name__.removeprefix("check_"))
    return failed


def _schema():  # type: ignore[no-untyped-def]
    from harness.contract.subject import tiny_challenge

    return tiny_challenge().schema


@pytest.mark.parametrize(
    ("kind", "caught"),
    [
        (Sound, None),
        (Unseeded, "same_seed_gives_the_same_result"),
        (Forgetful, "saved_estimator_gives_the_same_samples"),
        (Outside, "samples_lie_inside_the_prior"),
        (Infinite, "posterior_is_finite"),
        (Stingy, "posterior_has_the_right_shape"),
        (Careless, "wrong_observations_are_refused"),
        (Pickling, "saved_files_are_data"),
    ],
)
def test_the_contract_catches(
    kind: type[Estimator], caught: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = failing(kind, monkeypatch)
    assert (caught in failed) if caught else not failed, failed


def test_the_contract_catches_changed_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.contract import subject

    fresh = subject.tiny_challenge.__wrapped__()  # its own copy, for it will be spoiled
    for module in (subject, __import__("harness.contract.estimator", fromlist=["x"])):
        monkeypatch.setattr(module, "tiny_challenge", lambda: fresh)
    assert "inputs_are_left_alone" in failing(Meddling, monkeypatch)


def test_an_option_without_help_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.contract.options import check_options_have_defaults_and_help

    class Mute(Sound):
        class Options(Component.Options):
            depth: int = 3

    with pytest.raises(ContractViolation, match="'depth' has no description"):
        check_options_have_defaults_and_help(spoiled(Mute))
