"""One planet of a challenge, gathered for its figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from harness.components import Challenge
from harness.data.intervals import Interval, intervals
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.errors import HarnessError, nearest_match
from harness.figures.forward_contributions import Contributions, contributions
from harness.figures.groups import split_named
from harness.figures.spectrum import SpectrumView
from harness.figures.wording import formula, gas, of_column, of_depth, of_parameter


@dataclass(frozen=True)
class Trace:
    """A reference posterior: samples (n, P), weights (n,), and the interval of each parameter."""

    samples: Tensor
    weights: Tensor
    intervals: list[Interval]


@dataclass(frozen=True)
class Planet:
    """What is known of one planet.

    Attributes:
        name: its id.
        place: its split, and its partition where it has one.
        spectrum: to be drawn.
        facts: names and values with units: parameters first, then auxiliary columns.
        observed: the one planet as a split, in the challenge's units.
        trace: its reference posterior, if any.
        notes: what is missing, a sentence each.
    """

    name: str
    place: str
    spectrum: SpectrumView
    facts: tuple[tuple[str, str], ...]
    observed: Split
    trace: Trace | None
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.name} ({self.place})"

    @property
    def truth(self) -> list[float] | None:
        """The parameters behind its spectrum, where they are known."""
        parameters = self.observed.truth.parameters
        return None if parameters is None else [float(value) for value in parameters[0]]


def planet_of(challenge: Challenge, name: str, split: str | None = None) -> Planet:
    """Look a planet up by its id, in one split or in all.

    Raises:
        HarnessError: there is none of that id, or no such split.
    """
    place, one = _find(challenge, name, split)
    truth, notes = one.truth, []
    parameters = None if truth.parameters is None else truth.parameters[0]
    shown: Contributions | str = "The parameters of this planet are not known."
    if parameters is not None:
        shown = contributions(challenge.forward_model(), challenge.schema, parameters, one.observations)
    if isinstance(shown, str):
        notes.append(shown)
    trace = None
    if truth.traces is None or not bool(truth.traces.present[0]):
        notes.append("It has no trace, so there is no corner plot.")
    else:
        samples, weights = truth.traces.trace(0)
        found = intervals(Posterior(samples[None], weights[None]), challenge.schema)[0]
        trace = Trace(samples, weights, found)
    facts = _facts(challenge, parameters, one.observations.auxiliary[0])
    spectrum = _view(challenge, one, f"{name} ({place})", facts, shown, notes)
    return Planet(name, place, spectrum, tuple(facts), one, trace, tuple(notes))


def _find(challenge: Challenge, name: str, split: str | None) -> tuple[str, Split]:
    searched = challenge.splits if split is None else {split: split_named(challenge, split)}
    for label, planets in searched.items():
        rows = np.flatnonzero(planets.observations.names == name)
        if len(rows):
            one = planets[rows[:1]]
            place = label if one.partition is None else f"{label}, {one.partition[0]}"
            return place, one
    known = [str(planet) for planets in searched.values() for planet in planets.observations.names]
    where = f"{challenge.spec} has no planet" if split is None else f"There is no planet in '{split}' named"
    raise HarnessError(
        f"{where} '{name}'{nearest_match(name, known)}; its {len(known):,} planets are "
        f"{known[0]} to {known[-1]}."
        if known
        else f"{where} '{name}'; there is no planet at all."
    )


def _facts(challenge: Challenge, parameters: Tensor | None, auxiliary: Tensor) -> list[tuple[str, str]]:
    facts = []
    if parameters is not None:
        for parameter, value in zip(challenge.schema.parameters, parameters.tolist(), strict=True):
            quantity = of_parameter(parameter)
            facts.append((quantity.name, quantity.value(value)))
    for column, value in zip(challenge.schema.auxiliary, auxiliary.tolist(), strict=True):
        quantity = of_column(column)
        facts.append((quantity.name, quantity.value(value)))
    return sorted(facts, key=lambda fact: fact[0].startswith("star"))  # what is the planet's comes first


def _view(
    challenge: Challenge,
    one: Split,
    title: str,
    facts: list[tuple[str, str]],
    shown: Contributions | str,
    notes: list[str],
) -> SpectrumView:
    schema, seen = challenge.schema, one.observations
    model, bare, alone = None, None, {}
    if isinstance(shown, Contributions):
        model, bare = shown.model, shown.bare
        values = dict(facts)
        alone = {
            f"{formula(name)} alone (log₁₀ {values[formula(name)].removesuffix(' log₁₀ VMR')})": spectrum
            for name, spectrum in shown.alone.items()
        }
        in_legend = {formula(name) for parameter in schema.parameters if (name := gas(parameter))}
        facts = [fact for fact in facts if fact[0] not in in_legend]
    return SpectrumView(
        title=title,
        facts=" · ".join(f"{name} {value}" for name, value in facts),
        wavelength=np.asarray(schema.wavelength),
        width=np.asarray(schema.width),
        depth=seen.spectrum[0].double().numpy(),
        depth_label="spectrum, 1σ noise, channel width",
        quantity=of_depth(schema),
        noise=seen.noise[0].double().numpy(),
        model=model,
        bare=bare,
        alone=alone,
        notes=tuple(notes),
    )
