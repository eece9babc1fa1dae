"""The component under test and the tiny challenge that it is tested on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import torch

from harness.challenges.toy import Toy
from harness.components import Challenge, Component, Estimator
from harness.components.run import Run
from harness.data.posterior import Posterior
from harness.registry.plugins import Registration
from harness.runs.assembly import Choice, build_estimator
from harness.runs.plan import plan_estimator

SAMPLES = 1000
TINY = {"train": 240, "valid": 40, "test": 4, "rows": 1200, "traced": 0.5}


class ContractViolation(AssertionError):
    """A component does not do what every component of its kind must."""


def require(condition: bool, sentence: str) -> None:
    """Raise `ContractViolation` with `sentence` unless the condition holds."""
    if not condition:
        raise ContractViolation(sentence)


@cache
def tiny_challenge() -> Challenge:
    """A challenge of a few hundred planets, made once; its fingerprint is from before anything was fitted."""
    challenge = Toy.create(TINY, name="toy")
    _ = challenge.fingerprint
    return challenge


@dataclass(frozen=True)
class Subject:
    """One registered component with the options that it is tested with."""

    registration: Registration
    component: type[Component]
    options: Mapping[str, Any]
    location: str | None = None

    @property
    def choice(self) -> Choice[Any]:
        return Choice(self.registration, self.component, self.component.parse_options(self.options))

    def build(self, **arguments: Any) -> Any:
        """A fresh component."""
        return self.choice.build(**arguments)

    def estimator(self) -> Estimator:
        """A fresh estimator with its default preprocessor and embedder, not fitted."""
        name = self.registration.name
        chosen, preprocessor, embedder = plan_estimator({name: dict(self.options)}, name, None, None)
        return build_estimator(tiny_challenge().schema, chosen, preprocessor, embedder)

    @contextmanager
    def run(self, seed: int = 0, device: str = "cpu") -> Iterator[Run]:
        """The surroundings of a run, with a checkpoint folder that is gone afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            yield Run(
                name=self.registration.name,
                device=torch.device(device),
                seed=seed,
                streams=(self.registration.name,),
                checkpoint=Path(folder),
                forward_model=tiny_challenge().forward_model,
            )

    @cached_property
    def fitted(self) -> Estimator:
        """The estimator fitted on the tiny challenge with seed 0, fitted once for all checks."""
        return self.fit()

    @cached_property
    def posterior(self) -> Posterior:
        """What `fitted` samples for the test planets with seed 0, sampled once for all checks."""
        return self.sample(self.fitted)

    def sample(self, estimator: Estimator, n: int = SAMPLES) -> Posterior:
        """Samples of a fitted estimator for the test planets, with seed 0."""
        with self.run() as run:
            run.seed_everything("sample")
            answer = estimator.sample(tiny_challenge().test.observations, n, run)
        require(isinstance(answer, Posterior), f"`sample` gave a {type(answer).__name__}, not a Posterior")
        return answer

    @cached_property
    def challenge(self) -> Challenge:
        """The challenge under test, opened once for all checks."""
        return self.open()

    def open(self) -> Challenge:
        """The challenge under test, opened anew."""
        challenge: Challenge = self.build(location=self.location)
        return challenge

    def fit(self, seed: int = 0, device: str = "cpu") -> Estimator:
        """A fresh estimator, fitted on the tiny challenge."""
        challenge, estimator = tiny_challenge(), self.estimator()
        with self.run(seed, device) as run:
            run.seed_everything("fit")
            estimator.fit(challenge.train, challenge.valid, run)
        return estimator
