"""The challenges of a sweep, opened once, and the runs that a trial asks for on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.challenges import load
from harness.components import Challenge, Scorer
from harness.components.places import found_from_anywhere
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.runs.assembly import Choice
from harness.runs.plan import Plan
from harness.runs.planning import plan_runs
from harness.runs.request import Request
from harness.sweep.description import Sweep
from harness.sweep.results import score_in
from harness.sweep.space import Choices
from harness.sweep.trials import Trial

VALIDATION = "validation"


@dataclass(frozen=True)
class AskedRun:
    """A run that a trial asks for."""

    plan: Plan
    challenge: Challenge
    scorers: Sequence[Choice[Scorer]]
    title: str

    @cached_property
    def identity(self) -> str:
        """The same for runs that have the same result."""
        return self.plan.identity(self.challenge, self.scorers)


@dataclass(frozen=True)
class SweepChallenges:
    """The challenges that trials are scored on.

    Attributes:
        sweep: which asks for them.
        opened: those themselves, or the validation challenges made of them.
        scorer: the name of the score that is maximised, or minimised where less is better.
        higher_is_better: which of these.
        device: on which runs are planned.
        notes: on which planets options are scored, a sentence for each challenge.
    """

    sweep: Sweep
    opened: Sequence[Challenge]
    scorer: str
    higher_is_better: bool
    notes: Sequence[str]
    device: str

    @classmethod
    def of(cls, sweep: Sweep, device: str) -> SweepChallenges:
        """Open them.

        Raises:
            HarnessError: one cannot be opened, or its options are varied.
        """
        keys = sweep.keys
        opened, notes = [], []
        for spec in dict.fromkeys(keys.challenges):
            options = _fixed(sweep, spec.partition(":")[0])
            if keys.test_planets or spec.partition(":")[0] == VALIDATION:
                one = load(spec, options)
                notes.append(
                    f"Options are scored on the test planets of {spec}: what is chosen is flattered there."
                )
            else:
                name, colon, location = spec.partition(":")
                place = f"{name}{colon}{found_from_anywhere(location)}" if location else spec
                one = load(f"{VALIDATION}:{place}", {"of": options})
                one.splits  # noqa: B018 - it is read now, and says on which planets
                notes.append(f"Options are scored on {one.spec}. {' '.join(one.notes)}")
            opened.append(one)
        scorer = keys.maximise or opened[0].scorers[0]
        higher = Choice.of("scorer", scorer).build().higher_is_better
        if any(scorer not in (keys.scorers or one.scorers) for one in opened):
            raise HarnessError(f"The sweep maximises '{scorer}', which is not among its scorers; add it.")
        return cls(sweep, opened, scorer, higher, notes, device)

    def runs_of(self, trial: Trial) -> list[AskedRun]:
        """A run for each challenge and seed.

        Raises:
            HarnessError: an option is unknown or out of range, or the method does not suit a challenge.
        """
        keys = self.sweep.keys
        names = {spec.partition(":")[0] for spec in keys.challenges}
        found = []
        for challenge in self.opened:
            request = Request(
                estimators=(trial.estimator,),
                challenge=challenge.spec,
                preprocessor=trial.preprocessor,
                embedder=trial.embedder,
                scorers=keys.scorers,
                seeds=keys.seeds,
                samples=keys.samples,
                device=self.device,
                settings={target: table for target, table in trial.settings.items() if target not in names},
                name=keys.name,
                time_budget=keys.time_budget,
                resume=True,
            )
            planned = plan_runs(request, challenge)
            if all(one.registration.name != self.scorer for one in planned.scorers):
                raise HarnessError(f"{challenge.spec} has no score '{self.scorer}'; maximise another.")
            called = f"{trial.title} on {challenge.spec}"
            found += [
                AskedRun(plan, challenge, planned.scorers, f"{called}, seed {plan.seed}")
                for plan in planned.plans
            ]
        return found

    def told(self, record: RunRecord) -> str:
        """The score of a run in words: "ariel 512"."""
        score = score_in(record, self.scorer)
        return (
            f"{self.scorer} -" if score is None or score.value is None else f"{self.scorer} {score.value:.4g}"
        )


def _fixed(sweep: Sweep, name: str) -> Mapping[str, Any]:
    """The options of a challenge, set and not varied: scores on other data cannot be compared."""
    found = {}
    for option, dimension in sweep.space.get(name, {}).items():
        if not isinstance(dimension, Choices) or len(dimension.values) != 1:
            raise HarnessError(
                f"The sweep varies {name}.{option}; options of a challenge are set to one value."
            )
        found[option] = dimension.values[0]
    return found
