"""From a request to plans: every name, option and number is checked before anything is fitted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.components import Challenge, Estimator, Scorer
from harness.components.device import resolve_device
from harness.components.settings import options_for, refuse_unused
from harness.data.given import (
    names_in,
    require_budget,
    require_samples,
    require_seed,
    require_text,
    settings_in,
)
from harness.errors import HarnessError, described
from harness.registry.plugins import registry
from harness.registry.targets import NotImportable
from harness.runs.assembly import Choice, build_estimator
from harness.runs.plan import Parts, Plan, plan_estimator
from harness.runs.recording import require_label, require_recordable
from harness.runs.request import Request
from harness.runs.scoring import applicable_scorers
from harness.submissions import MAX_ROWS, MIN_ROWS


@dataclass(frozen=True)
class LeftOut:
    """An estimator that takes no part in `all`, and why, in a sentence."""

    estimator: str
    reason: str

    def __str__(self) -> str:
        return f"'{self.estimator}' is left out: {_clause(self.reason)}"


@dataclass(frozen=True)
class Planned:
    """The runs to make, in their order, with the challenge that they share.

    Attributes:
        challenge: opened.
        scorers: those that its test planets are scored with.
        plans: one for each seed and estimator, all estimators of a seed together.
        left_out: of all estimators those that will not run.
    """

    challenge: Challenge
    scorers: list[Choice[Scorer]]
    plans: list[Plan]
    left_out: list[LeftOut]


def plan_runs(request: Request, opened: Challenge | None = None) -> Planned:
    """Check everything that is asked for, then open the challenge and see which methods suit it.

    Arguments:
        request: what is asked for.
        opened: its challenge, where that is open already; settings then cannot change it.

    Raises:
        HarnessError: a name or an option is unknown, a number is out of range, the challenge cannot be
            opened, or an estimator or a scorer that was asked for by name cannot work on it.
    """
    _check_numbers(request)
    require_text("challenge", request.challenge)
    for estimator in request.estimators:
        require_text("estimator", estimator)
    device = resolve_device(request.device)
    settings = settings_in(request.settings)
    name, _, location = request.challenge.partition(":")
    scorer_names = names_in("scorers", request.scorers)
    scorers = [Choice.of("scorer", one, options_for(settings, "scorer", one)) for one in scorer_names]
    chosen = (
        Choice.of("challenge", name, options_for(settings, "challenge", name))
        if opened is None
        else Choice.opened(opened)
    )
    methods, left_out = _methods(request, settings)
    taking_part = ["challenge", name] if opened is None else []
    taking_part += ["estimator", "scorer", *(one.estimator for one in left_out)]
    taking_part += scorer_names or registry().names("scorer")
    for method in methods:
        for part in filter(None, method):
            taking_part += [part.registration.kind, part.registration.name]
    refuse_unused(settings, taking_part)
    challenge = chosen.build(location=location or None) if opened is None else opened
    wanted = scorers or [
        Choice.of("scorer", one, options_for(settings, "scorer", one)) for one in challenge.scorers
    ]
    applicable, _ = applicable_scorers(challenge, challenge.test, wanted, required=bool(scorers))
    suitable, unsuitable = _suitable(methods, challenge, request.estimators)
    plans = [
        Plan(
            chosen,
            *method,
            seed=seed,
            n_samples=request.samples,
            device=device,
            label=request.name,
            time_budget=request.time_budget,
            resume=request.resume,
        )
        for seed in dict.fromkeys(request.seeds)
        for method in suitable
    ]
    return Planned(challenge, applicable, plans, left_out + unsuitable)


def _check_numbers(request: Request) -> None:
    require_samples(request.samples, MIN_ROWS, MAX_ROWS)
    if not request.seeds:
        raise HarnessError("No seed was given; expected at least one, such as 0.")
    for seed in request.seeds:
        require_seed(seed)
    require_label(request.name or "")
    require_recordable("challenge", str(request.challenge))
    require_budget(request.time_budget)


def _methods(request: Request, settings: dict[str, dict[str, object]]) -> tuple[list[Parts], list[LeftOut]]:
    """Each estimator with its preprocessor and embedder; of all, what cannot be imported is left out."""
    named = list(dict.fromkeys(request.estimators))
    known = registry().names("estimator")
    if not named and not request.all:
        raise HarnessError(
            f"No estimator was asked for: give --estimator NAME (there is: {', '.join(known)}) or --all."
        )
    for kind, name in (("preprocessor", request.preprocessor), ("embedder", request.embedder)):
        if name is not None:  # one that cannot be imported is refused once, not for every estimator
            Choice.of(kind, name)
    methods, left_out = [], []
    for estimator in list(dict.fromkeys([*known, *named])) if request.all else named:
        try:
            methods.append(
                plan_estimator(
                    settings, estimator, request.preprocessor, request.embedder, among_all=request.all
                )
            )
        except NotImportable as error:
            if estimator in named:
                raise
            left_out.append(LeftOut(estimator, str(error)))
    return methods, left_out


def _suitable(
    methods: Iterable[Parts], challenge: Challenge, named: Iterable[str]
) -> tuple[list[Parts], list[LeftOut]]:
    """The methods that can work on a challenge; the others are left out, or refused if they were named."""
    suitable, left_out = [], []
    for method in methods:
        name = method[0].registration.name
        try:
            estimator = build_estimator(challenge.schema, *method)
            reason = estimator.unsuitable_for(challenge)
        except Exception as error:  # of somebody's plugin: no reason to stop the others
            if name in named:
                raise
            fault = f"It fails with {described(error)}"
            reason = str(error) if isinstance(error, HarnessError) else fault
        else:
            if reason and name in named:
                raise _misfit(estimator, challenge, reason)
            if name not in named:
                reason = reason or estimator.left_out_of_all
        if reason:
            left_out.append(LeftOut(name, reason))
        else:
            suitable.append(method)
    return suitable, left_out


def refuse_unsuitable(estimator: Estimator, challenge: Challenge) -> None:
    """Refuse an estimator that cannot work on a challenge.

    Raises:
        HarnessError: says why it cannot.
    """
    if reason := estimator.unsuitable_for(challenge):
        raise _misfit(estimator, challenge, reason)


def _misfit(estimator: Estimator, challenge: Challenge, reason: str) -> HarnessError:
    return HarnessError(f"'{estimator.name}' does not suit {challenge.spec}: {_clause(reason)}")


def _clause(reason: object) -> str:
    """A sentence as the second half of another."""
    sentence = str(reason)
    return sentence[:1].lower() + sentence[1:]
