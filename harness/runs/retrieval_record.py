"""What is recorded of a measured spectrum's retrieval, of which nobody knows the truth."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from harness.data.record import (
    SPECTRUM,
    ChallengeRecord,
    ComponentRecord,
    EstimateRecord,
    RetrievalRecord,
    RunRecord,
    ScoreRecord,
)
from harness.real_spectra.learning import Climbing
from harness.real_spectra.result import RetrievalResult
from harness.real_spectra.retrieval import Problem
from harness.real_spectra.settings import SAMPLER, RetrievalSettings
from harness.registry.plugins import Registration, registry
from harness.runs.code_version import code_digest
from harness.runs.machine import versions
from harness.runs.recording import circumstances, require_unicode

CORE = "ariel-harness"
CPU = torch.device("cpu")


@dataclass(frozen=True)
class RetrievalPlan:
    """A retrieval that is to be made and recorded.

    Attributes:
        problem: the spectrum and what is asked of it.
        files: that it was read from.
        compare: whether smaller models are retrieved too.
        label: to find the run by.
        resume: go on from what an interrupted one left.
    """

    problem: Problem
    files: tuple[Path, ...]
    compare: bool = False
    label: str | None = None
    resume: bool = False

    @property
    def settings(self) -> RetrievalSettings:
        return self.problem.settings

    @property
    def density(self) -> Registration | None:
        """The estimator that takes part; None where the method needs none."""
        name = self.settings.density
        return None if name is None else registry().get("estimator", name)

    def identity(self) -> str:
        """A hash of all that decides the result: spectrum, model, priors, method, seed, code, libraries."""
        density = self.density
        parts = {
            "problem": self.problem.identity,
            "compare": self.compare,
            "libraries": versions([]),
            "code": code_digest(["harness", *([] if density is None else [density.target])]),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

    def challenge(self) -> ChallengeRecord:
        """The question, which retrievals by several methods share: the spectrum, the model and the priors."""
        options = self.settings.model_dump(mode="json", exclude=set(SAMPLER))
        return ChallengeRecord(
            **_component("challenge", SPECTRUM, options, None).model_dump(),
            spec=f"{SPECTRUM}:{self.problem.spectrum.name}",
            fingerprint=self.problem.fingerprint,
            planets={"test": 1},
        )

    def method(self) -> ComponentRecord:
        """How the posterior is found, with the options that this method has."""
        settings = self.settings
        options: dict[str, Any] = {"effective": settings.effective}
        if settings.density is not None:
            options = {"estimator": settings.density, **options}
        else:
            options |= {"live_points": settings.live_points, "calls": settings.calls}
        return _component("estimator", settings.method, options, self.density)

    def begun(self, run_id: str, started: datetime) -> RunRecord:
        """The record before anything is computed.

        Raises:
            HarnessError: something in it cannot be written.
        """
        method = self.method()
        record = RunRecord(
            run_id=run_id,
            identity=self.identity(),
            label=self.label,
            challenge=self.challenge(),
            estimator=method,
            retrieval=RetrievalRecord(
                files=[str(path.absolute()) for path in self.files],
                channels=len(self.problem.spectrum),
                compared=self.compare,
            ),
            seed=self.settings.seed,
            n_samples=self.settings.effective,
            versions=versions([method.distribution]),
            **circumstances(run_id, started, CPU),
        )
        require_unicode(record)
        return record


def scores_of(result: RetrievalResult) -> list[ScoreRecord]:
    """What can be said of a posterior whose truth is not known; the log-evidence comes first.

    Whatever misses some of the posterior finds less evidence, whichever method it is.
    """
    trace, good, how = result.trace, result.goodness, result.learning
    bound = {}
    if isinstance(how, Climbing):
        bound["lower-bound"] = EstimateRecord(value=how.lower_bound, standard_error=how.lower_bound_error)
    return [
        _score("log-evidence", trace.log_evidence, result.evidence_error, parts=bound),
        _score("effective-samples", trace.effective_size),
        _score("chi2-per-channel", good.per_channel, higher=False),
        _score("p-value", good.p_value),
        _score("forward-models", float(trace.calls), higher=False),
    ]


def _score(
    name: str,
    value: float,
    error: float | None = None,
    *,
    higher: bool = True,
    parts: Mapping[str, EstimateRecord] | None = None,
) -> ScoreRecord:
    return ScoreRecord(
        scorer=_component("scorer", name, {}, None),
        value=value,
        standard_error=error,
        higher_is_better=higher,
        parts=dict(parts or {}),
        n_planets=1,
    )


def _component(
    kind: str, name: str, options: dict[str, Any], registration: Registration | None
) -> ComponentRecord:
    """A component of the core, or of the plugin that is registered."""
    usual = RetrievalSettings(star_radius=1, planet_mass=1).model_dump(mode="json")
    usual |= {
        "star_radius": None,
        "planet_mass": None,
        "estimator": None if registration is None else registration.name,
    }
    return ComponentRecord(
        kind=kind,
        name=name,
        distribution=CORE if registration is None else registration.distribution,
        version=importlib.metadata.version(CORE) if registration is None else registration.version,
        options=options,
        changed={key: value for key, value in options.items() if value != usual[key]},
    )
