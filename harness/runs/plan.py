"""What a run is going to do: every component and option, checked before anything is loaded or trained."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from harness.components import Challenge, Embedder, Estimator, Preprocessor, Scorer
from harness.components.forward_check import ForwardCheck
from harness.components.places import contents_of
from harness.components.settings import Settings, options_for
from harness.data.record import ChallengeRecord, ComponentRecord, ForwardRecord
from harness.errors import HarnessError
from harness.registry.plugins import registry
from harness.registry.targets import NotImportable
from harness.runs.assembly import Choice, streams
from harness.runs.code_version import code_digest
from harness.runs.machine import versions
from harness.untrusted.files import expanded

# an estimator with its preprocessor and its embedder, None where it uses no features
Parts = tuple[Choice[Estimator], Choice[Preprocessor] | None, Choice[Embedder] | None]


@dataclass(frozen=True)
class Plan:
    """One run: the components with their options, the seed, and how many samples to draw."""

    challenge: Choice[Challenge]
    estimator: Choice[Estimator]
    preprocessor: Choice[Preprocessor] | None
    embedder: Choice[Embedder] | None
    seed: int
    n_samples: int
    device: torch.device
    label: str | None = None
    time_budget: float | None = None
    resume: bool = False

    @property
    def streams(self) -> tuple[str, ...]:
        """The component names that the seeds are derived from."""
        parts = (self.estimator, self.preprocessor, self.embedder)
        return streams(*(None if part is None else part.record() for part in parts))

    @property
    def choices(self) -> list[Choice[Any]]:
        """The components that take part, without the scorers."""
        parts = (self.challenge, self.estimator, self.preprocessor, self.embedder)
        return [part for part in parts if part is not None]

    def challenge_record(self, challenge: Challenge) -> ChallengeRecord:
        """The challenge as the run record keeps it."""
        return record_of_challenge(self.challenge, challenge)

    def components(self, challenge: Challenge) -> dict[str, ComponentRecord]:
        """The components that take part, by their kind, as the run record keeps them."""
        parts = (self.estimator, self.preprocessor, self.embedder)
        records = [self.challenge_record(challenge), *(part.record() for part in parts if part)]
        return {record.kind: record for record in records}

    def identity(self, challenge: Challenge, scorers: Sequence[Choice[Scorer]]) -> str:
        """A hash of all that decides the result: content, components, options, files, code, seed, device."""
        choices = [part for part in (self.estimator, self.preprocessor, self.embedder, *scorers) if part]
        parts: dict[str, Any] = {
            "fingerprint": challenge.fingerprint,
            "components": [
                None if part is None else part.record().model_dump()
                for part in (self.estimator, self.preprocessor, self.embedder)
            ],
            "files": [contents_of(part.record().options) for part in choices],
            "scorers": [scorer.record().model_dump() for scorer in scorers],
            "seed": self.seed,
            "samples": self.n_samples,
            "time_budget": self.time_budget,
            "device": self.device.type,
            "libraries": versions([]),
            "code": code_digest(["harness", *(part.registration.target for part in choices)]),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def record_of_challenge(choice: Choice[Challenge], challenge: Challenge) -> ChallengeRecord:
    """A challenge as a record keeps it; its place is told so that it is found from any folder."""
    return ChallengeRecord(
        **choice.record().model_dump(),
        spec=_from_anywhere(challenge),
        fingerprint=challenge.fingerprint,
        planets={name: len(split) for name, split in challenge.splits.items()},
        forward_check=forward_record(challenge.forward_check(at_once=True)),
    )


def forward_record(check: ForwardCheck | None) -> ForwardRecord | None:
    """What a record keeps of how well a forward model makes the training spectra."""
    if check is None:
        return None
    median, far = (None if math.isinf(one) else one for one in (check.quantile(0.5), check.quantile(0.9)))
    return ForwardRecord(planets=len(check.residual), median=median, quantile90=far, agrees=check.agrees)


def _from_anywhere(challenge: Challenge) -> str:
    """How to open it again from whichever folder; a location that is no path stays as it is."""
    if challenge.location is not None and (path := expanded(challenge.location)).exists():
        return f"{challenge.name}:{path.absolute()}"
    return challenge.spec


def plan_estimator(
    settings: Settings,
    estimator: str,
    preprocessor: str | None,
    embedder: str | None,
    *,
    among_all: bool = False,
) -> Parts:
    """The estimator with the preprocessor and embedder that it will use.

    One of all estimators, rather than one asked for by name, may have no use for features, and keeps its own
    embedder where it cannot train the one that was asked for.

    Raises:
        HarnessError: a name or option is unknown, or the estimator does not use features, or does not
            train the embedder.
    """
    chosen = Choice.of("estimator", estimator, options_for(settings, "estimator", estimator))
    kind = chosen.component
    if not kind.uses_features and among_all:
        return chosen, None, None
    if not kind.uses_features:
        for option, given in (("--preprocessor", preprocessor), ("--embedder", embedder)):
            if given is not None:
                raise HarnessError(
                    f"Estimator '{estimator}' works on the spectra themselves; leave out {option} {given}."
                )
        return chosen, None, None
    first = preprocessor or _default("preprocessor", kind.default_preprocessor, estimator)
    second = _embedder(settings, embedder or _default("embedder", kind.default_embedder, estimator))
    if among_all and _stays_untrained(second, kind):
        second = _embedder(settings, kind.default_embedder)
    if _stays_untrained(second, kind):
        raise HarnessError(
            f"Embedder '{second.registration.name}' must be trained, and estimator '{estimator}' does not "
            "train embedders; leave out --embedder, or choose one that is not trained, such as 'pca'."
        )
    return chosen, Choice.of("preprocessor", first, options_for(settings, "preprocessor", first)), second


def _default(kind: str, name: str, estimator: str) -> str:
    try:
        registry().get(kind, name)
    except HarnessError as error:
        raise NotImportable(f"The default {kind} of estimator '{estimator}' is not there: {error}") from error
    return name


def _embedder(settings: Settings, name: str) -> Choice[Embedder]:
    return Choice.of("embedder", name, options_for(settings, "embedder", name))


def _stays_untrained(embedder: Choice[Embedder], estimator: type[Estimator]) -> bool:
    """Whether the embedder needs a training that the estimator does not give."""
    return embedder.component.trainable and not estimator.trains_embedder
