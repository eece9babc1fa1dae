"""What is to be remembered of a run, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import counted
from harness.explain.drift import HELD_OUT
from harness.explain.explanation import Explanation
from harness.explain.importance import Part
from harness.figures.wording import formula, of_parameter

SMALL = 0.01  # p-value
TOLD = 3  # of a kind
ALIKE = 0.05  # share by which a spread is wider or narrower, below which it is called the same


def findings(found: Explanation) -> Iterator[str]:
    """The score; what is looked at; what a masked band does; what is borne; what drifts; what fails.

    Only what costs clearly more than chance is called by its name.
    """
    yield _score(found)
    everything = found.importance.everything.loss
    lost = f"With another planet's observation it loses {everything}"
    hardly = "no more than chance: it hardly looks at the spectrum, or these planets are too few to tell"
    yield f"{lost}." if everything.clear else f"{lost}, {hardly}."
    if everything.clear:  # else a part of it that stands out does so by chance
        yield from _importance(found)
        yield from _masked(found)
    yield _robustness(found)
    yield from _drift(found)
    failing = [group for group in found.groups if group.fails]
    if failing:
        told = "; ".join(f"{group.name} ({group.score:z.0f} ± {group.error:.0f})" for group in failing[:TOLD])
        groups = counted(len(found.groups), "group")
        yield f"It is clearly worse than elsewhere on {len(failing)} of {groups}: {told}."
    elif found.groups:
        none = "The one group of planets is not" if len(found.groups) == 1 else None
        yield f"{none or f'None of {len(found.groups)} groups of planets is'} clearly worse than the others."


def _score(found: Explanation) -> str:
    """The score, and the coverage of spectra with noise, without which no method is to be calibrated."""
    noisy = found.fitted.schema.noise_included
    seen = "these planets" if noisy else "these planets without noise"
    scored = f"It scores {float(found.answer.score.mean()):z.0f} on {seen}"
    coverage = next(point.coverage for point in found.trials[0].points if point.strength == 1)
    if coverage is not None:
        drawn = "" if noisy else "with noise drawn once, "
        scored += f"; {drawn}{coverage:.0%} of its 68% intervals hold the truth"
    return f"{scored}."


def _missed(parts: tuple[Part, ...]) -> list[Part]:
    """Those whose loss is clear, the greatest first."""
    return sorted((part for part in parts if part.loss.clear), key=lambda part: -part.loss.value)


def _importance(found: Explanation) -> Iterator[str]:
    missed = _missed(found.importance.channels)[:TOLD]
    channels = ", ".join(f"{part.name} µm{_band(found, part)} ({part.loss})" for part in missed)
    none = "No single channel can be told that it would miss."
    yield f"The channels that it would miss most: {channels}." if missed else none
    if found.importance.bands:
        bands = ", ".join(f"{part.name} {part.loss}" for part in _missed(found.importance.bands))
        none = "By molecule, all channels of a band exchanged, it loses no more than chance."
        yield f"By molecule, all channels of a band exchanged, it loses: {bands}." if bands else none
    facts = ", ".join(f"{part.name} {part.loss}" for part in _missed(found.importance.facts)[:TOLD])
    none = "Nothing else that it sees can be told to matter."
    yield f"Of what else it sees, most is lost by: {facts}." if facts else none


def _band(found: Explanation, part: Part) -> str:
    if isinstance(found.bands, str):
        return ""
    molecule = found.bands.of_channel(found.importance.channels.index(part))
    return f", {formula(molecule)}" if molecule else ""


def _masked(found: Explanation) -> Iterator[str]:
    if not found.masked:
        return
    worst = max(found.masked, key=lambda one: one.loss.value)
    if not worst.loss.clear:
        yield "Without the band of a molecule, whichever it is, it loses no more than chance."
        return
    moved = int(worst.shift.argmax())
    parameter = of_parameter(found.fitted.schema.parameters[moved]).name
    wider = float(worst.widening[moved])
    become = "stay as wide" if abs(wider - 1) < ALIKE else f"become {wider:.2g} times as wide"
    yield (
        f"Without the band of {formula(worst.name)} ({counted(worst.channels, 'channel')}) it loses "
        f"{worst.loss}: {parameter} moves by {float(worst.shift[moved]):.1f} of its spreads, which {become}."
    )


def _robustness(found: Explanation) -> str:
    if not any(trial.points[-1].loss.clear for trial in found.trials):
        return "Not even the strongest of each disturbance costs more than chance."
    told = []
    for trial in found.trials:
        point = trial.points[-1]
        covered = "" if point.coverage is None else f", coverage {point.coverage:.0%}"
        told.append(f"{trial.name} ({point.strength:g} {trial.unit}) {point.loss}{covered}")
    return f"What the strongest of each disturbance costs: {'; '.join(told)}."


def _drift(found: Explanation) -> Iterator[str]:
    groups = [group for group in found.drift.groups if group.name != HELD_OUT]
    if not groups:
        return
    other = [group for group in groups if group.p_value <= SMALL]
    if other:
        names = ", ".join(f"{group.name} (p {group.p_value:.3f})" for group in other)
        yield f"Unlike the training planets as it sees them: {names}{_controlled(found)}."
    alike = [group for group in groups if group.p_value > SMALL]
    if alike:
        names = ", ".join(f"{group.name} (p {group.p_value:.2f})" for group in alike)
        yield f"Not told from the training planets: {names}."


def _controlled(found: Explanation) -> str:
    """What planets held out from training say about that, where they do not say that it is sound."""
    control = [group for group in found.drift.groups if group.name == HELD_OUT]
    if not control:
        return "; too few planets were held out from training to say whether others are as unlike them"
    if control[0].p_value <= SMALL:
        probability = f"p {control[0].p_value:.3f}"
        return f"; so are planets held out from training ({probability}), so that this shows no drift"
    return ""
