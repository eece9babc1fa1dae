"""What things are called on a board: no longer than needed, and never two things the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.data.record import ComponentRecord, RunRecord
    from harness_leaderboard.entries import Entry, Scorer

MOST_DIFFERENCES = 3  # of the facts that tell two namesakes apart


def option_text(options: Mapping[str, Any]) -> list[str]:
    """Options as "name=value", as `--set` takes them."""
    return [f"{name}={_value(value)}" for name, value in options.items()]


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def component_text(component: ComponentRecord) -> str:
    """A component with the options that differ from their defaults: "pca(components=8)"."""
    options = ", ".join(option_text(component.changed))
    return f"{component.name}({options})" if options else component.name


def method_details(run: RunRecord) -> list[str]:
    """What a method has beside its estimator's name: options, preprocessor, embedder, where not default.

    A time budget belongs to it: it may have ended the fit before what the options say. Of a file that was
    handed in it is who did.
    """
    if run.submission is not None:
        return [f"submitted by {run.submission.by}"]
    details = option_text(run.estimator.changed)
    for component in (run.preprocessor, run.embedder):
        if component is not None and (component.name != "none" or component.changed):
            details.append(component_text(component))
    if run.time_budget is not None:
        details.append(f"budget {run.time_budget:g} s")
    return details


def entry_details(entries: Sequence[Entry]) -> list[list[str]]:
    """For each entry its `method_details`, and what tells it from others that look just the same."""
    details = [method_details(entry.example) for entry in entries]
    namesakes: dict[tuple[str, ...], list[int]] = {}
    for index, entry in enumerate(entries):
        namesakes.setdefault((entry.example.estimator.name, *details[index]), []).append(index)
    for group in (group for group in namesakes.values() if len(group) > 1):
        facts = [_facts(entries[index].example) for index in group]
        decisive, others = _differing(facts)
        for index, fact in zip(group, facts, strict=True):
            told = list(dict.fromkeys(fact.get(name, _lacking(name)) for name in decisive))
            also = list(
                dict.fromkeys(fact[name] for name in others if name in fact and fact[name] not in told)
            )
            room = max(MOST_DIFFERENCES - len(told), 0)
            rest = [f"and {len(also) - room} more"] if len(also) > room else []
            details[index] += told + also[:room] + rest
    return details


def _differing(facts: Sequence[Mapping[str, str]]) -> tuple[list[str], list[str]]:
    """Which facts tell rows apart, each some that those before do not, and which others differ.

    What some rows lack, such as an option that there was not yet when they were recorded, is no difference
    by that: it stands for what was done then. It is named only where nothing else tells rows apart.
    """
    names = list(dict.fromkeys(name for fact in facts for name in fact))
    differing = [name for name in names if len({fact[name] for fact in facts if name in fact}) > 1]
    decisive = []
    apart: list[tuple[str | None, ...]] = [()] * len(facts)
    for name in [*differing, *(name for name in names if name not in differing)]:
        further = [(*seen, fact.get(name)) for seen, fact in zip(apart, facts, strict=True)]
        if len(set(further)) > len(set(apart)):
            decisive.append(name)
            apart = further
    return decisive, [name for name in differing if name not in decisive]


def _lacking(name: str) -> str:
    """What is said of a row without a fact that tells others from it."""
    option = name.partition(".")[2]
    if option:
        return f"without option {option}"
    return f"no {name}" if name == "revision" else f"{name} not recorded"


def _facts(run: RunRecord) -> dict[str, str]:
    """Everything else that keeps two runs from being pooled, in the order of how telling it is."""
    facts = {"samples": f"{run.n_samples:,} samples", "device": run.device}
    facts["scorers"] = (
        f"scored by {', '.join(component_text(score.scorer) for score in run.scores) or 'none'}"
    )
    for component in (run.estimator, run.preprocessor, run.embedder):
        if component is not None:
            facts[f"{component.kind} version"] = f"{component.distribution} {component.version}"
            for option in option_text(component.options):
                facts[f"{component.kind}.{option.partition('=')[0]}"] = option
    for score in run.scores:
        facts[f"{score.scorer.name} version"] = f"{score.scorer.distribution} {score.scorer.version}"
    facts |= {library: f"{library} {version}" for library, version in run.versions.items()}
    if run.git_revision:
        changed = "+" if run.git_revision.endswith("+") else ""
        facts["revision"] = f"revision {run.git_revision[:7]}{changed}"
    return facts


def scorer_titles(scorers: Iterable[Scorer]) -> dict[Scorer, str]:
    """What each scorer is called: its name, and where several share it, what tells them apart."""
    by_name: dict[str, list[Scorer]] = {}
    listed = list(scorers)
    for scorer in listed:
        by_name.setdefault(scorer.name, []).append(scorer)
    return {scorer: _title(scorer, by_name[scorer.name]) for scorer in listed}


def _title(scorer: Scorer, namesakes: Sequence[Scorer]) -> str:
    words = [scorer.name]
    if len({other.distribution for other in namesakes}) > 1:
        words.append(scorer.distribution)
    if len({other.version for other in namesakes}) > 1:
        words.append(scorer.version)
    options = [json.loads(other.options) for other in namesakes]
    own = json.loads(scorer.options)
    words += [
        text
        for name, text in zip(own, option_text(own), strict=True)
        if any(other.get(name) != own[name] for other in options)
    ]
    if len({other.higher_is_better for other in namesakes}) > 1:
        words.append("higher is better" if scorer.higher_is_better else "lower is better")
    return " ".join(words)
