"""What is asked for: which methods on which challenge, how often, and with what options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DEFAULT_CHALLENGE = "ariel-mini"
DEFAULT_SAMPLES = 2000


@dataclass(frozen=True)
class Request:
    """Runs that are asked for, by the names of components; nothing is checked or imported yet.

    Attributes:
        estimators: which methods; with `all` those that are refused rather than left out where they
            cannot work on the challenge.
        all: every installed estimator.
        challenge: its name, and behind a colon where its data lie if it has any.
        preprocessor, embedder: for estimators that use features; None means the estimator's own.
        scorers: none means the challenge's own.
        seeds: the repetitions; each is a run of every estimator.
        samples: posterior samples for each planet.
        device: "auto", "cpu" or "cuda".
        settings: options of components, by kind or by name: `{"estimator": {"k": 50}}`.
        name: a label to find the runs by.
        time_budget: seconds that an estimator may take to fit, or None.
        resume: go on where an interrupted run stopped, and do not repeat what has finished.
    """

    estimators: Sequence[str] = ()
    all: bool = False
    challenge: str = DEFAULT_CHALLENGE
    preprocessor: str | None = None
    embedder: str | None = None
    scorers: Sequence[str] = ()
    seeds: Sequence[int] = (0,)
    samples: int = DEFAULT_SAMPLES
    device: str = "auto"
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    name: str | None = None
    time_budget: float | None = None
    resume: bool = False
