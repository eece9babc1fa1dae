"""The population of a challenge: how its planets are distributed, split by split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.components import Challenge
from harness.data.arrays import Array
from harness.data.split import Split
from harness.figures import planet_numbers as numbers
from harness.figures.groups import Group, Groups, groups_of
from harness.figures.panels import LEVELS, Channels, Correlations, Panel, distribution, spans_decades
from harness.figures.population_physics import relations
from harness.figures.wording import Quantity, of_depth, of_noise, of_parameter


@dataclass(frozen=True)
class Section:
    """Panels that belong together, under a heading and a sentence that says how to read them."""

    title: str
    explained: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Population:
    """Everything shown of a population.

    Attributes:
        title: the challenge.
        counts: how many planets each group has.
        reference: the name of the planets that the others are compared with, and how many they are.
        outlined: the same of those drawn as an outline, or None.
        marked: the name of the chosen planet, or None.
        sections: the panels.
        notes: what is missing, a sentence each.
    """

    title: str
    counts: Mapping[str, int]
    reference: tuple[str, int]
    outlined: tuple[str, int] | None
    marked: str | None
    sections: tuple[Section, ...]
    notes: tuple[str, ...]


def population(
    challenge: Challenge, split: str | None = None, marked: tuple[str, Split] | None = None
) -> Population:
    """Gather the population of a challenge, or of one of its splits.

    Arguments:
        challenge: whose planets.
        split: the only split to show.
        marked: a planet to point out, its name and the planet by itself.

    Raises:
        HarnessError: the challenge has no split of that name, or there is no planet in it.
    """
    groups, schema = groups_of(challenge, split), challenge.schema
    chosen = None if marked is None else marked[1]
    spectra = numbers.from_spectra(schema)
    auxiliary = numbers.auxiliary(schema)
    priors = [f"prior {low:g} to {high:g}".replace("-", "−") for low, high in schema.bounds]
    sections = (
        Section(
            "Parameters",
            "What the methods have to find.",
            tuple(_distributions(numbers.parameters(schema), groups, chosen, priors)),
        ),
        Section(
            "Spectra",
            "Bands: the central 50% and 90% of the reference planets; lines: medians of the groups.",
            (*_channels(challenge, groups, chosen), *_distributions(spectra, groups, chosen)),
        ),
        Section(
            "Star and planet",
            "The auxiliary columns.",
            tuple(_distributions(auxiliary, groups, chosen)),
        ),
        Section(
            "Relations",
            "What physics ties together; a marker for each planet.",
            tuple(relations(schema, groups, chosen)),
        ),
        Section(
            "Traces",
            "Where the true parameters lie in the reference posteriors, from 0 (below all samples) to 1. "
            "Noise-free spectra have them near the middle; noisy ones, if calibrated, anywhere alike.",
            tuple(_traces(challenge, groups, chosen)),
        ),
        Section(
            "Correlations",
            "Spearman's rank correlation between the columns, over the reference planets.",
            tuple(_correlations(groups.reference, [*numbers.parameters(schema), *auxiliary, *spectra[:2]])),
        ),
    )
    reference, outlined = groups.reference, groups.outlined
    return Population(
        title=challenge.spec,
        counts={group.name: len(group.planets) for group in groups.each},
        reference=(reference.name, len(reference.planets)),
        outlined=None if outlined is None else (outlined.name, len(outlined.planets)),
        marked=None if marked is None else marked[0],
        sections=tuple(section for section in sections if section.panels),
        notes=(*challenge.notes, *_missing(challenge, groups)),
    )


def _distributions(
    quantities: Sequence[tuple[Quantity, numbers.Number]],
    groups: Groups,
    chosen: Split | None,
    priors: Sequence[str] | None = None,
) -> Iterator[Panel]:
    for i, (quantity, number) in enumerate(quantities):
        reference = number(groups.reference.planets)
        if reference is None:
            continue
        value = None if chosen is None else number(chosen)
        panel = distribution(
            quantity,
            reference,
            None if groups.outlined is None else number(groups.outlined.planets),
            {group.name: number(group.planets) for group in groups.each},
            linear=priors is not None,  # a parameter stays in the unit of its prior
            remark=priors[i] if priors else "",
            marked=None if value is None else float(value[0]),
        )
        if panel is not None:
            yield panel


def _channels(challenge: Challenge, groups: Groups, chosen: Split | None) -> Iterator[Panel]:
    schema = challenge.schema
    order = np.argsort(schema.wavelength)

    for quantity, name in ((of_depth(schema), "spectrum"), (of_noise(schema), "noise")):

        def spectra(split: Split, name: str = name, factor: float = quantity.factor) -> Array:
            values: Array = getattr(split.observations, name).double().numpy()[:, order] * factor
            return values

        band = np.quantile(spectra(groups.reference.planets), LEVELS, axis=0)
        medians = {group.name: np.median(spectra(group.planets), axis=0) for group in groups.each}
        yield Channels(
            quantity=quantity,
            logarithmic=spans_decades(band),
            wavelength=np.asarray(schema.wavelength)[order],
            band=band,
            medians=medians,
            marked=None if chosen is None else spectra(chosen)[0],
        )


def _traces(challenge: Challenge, groups: Groups, chosen: Split | None) -> Iterator[Panel]:
    ranked = {group.name: numbers.ranks(group.planets) for group in groups.each}
    known = [found for found in ranked.values() if found is not None]
    if known:
        reference = numbers.ranks(groups.reference.planets)
        outlined = None if groups.outlined is None else numbers.ranks(groups.outlined.planets)
        of_chosen = None if chosen is None else numbers.ranks(chosen)
        for i, parameter in enumerate(challenge.schema.parameters):
            panel = distribution(
                Quantity(f"rank of {of_parameter(parameter).name}", ""),
                np.empty(0) if reference is None else reference[:, i],
                None if outlined is None else outlined[:, i],
                {name: None if found is None else found[:, i] for name, found in ranked.items()},
                span=(0.0, 1.0),
                marked=None if of_chosen is None else float(of_chosen[0, i]),
            )
            if panel is not None:
                yield panel
    sizes = {group.name: numbers.effective_sizes(group.planets) for group in groups.each}
    reference = numbers.effective_sizes(groups.reference.planets)
    panel = distribution(
        Quantity("effective trace size", "samples"),
        np.empty(0) if reference is None else reference,
        None if groups.outlined is None else numbers.effective_sizes(groups.outlined.planets),
        sizes,
    )
    if panel is not None:
        yield panel


def _correlations(
    reference: Group, quantities: Sequence[tuple[Quantity, numbers.Number]]
) -> Iterator[Correlations]:
    columns: dict[str, Array] = {}
    for quantity, number in quantities:
        values = number(reference.planets)
        if values is not None and np.isfinite(values).all() and values.min() < values.max():
            columns[quantity.name] = _ranks(values)
    if len(columns) > 1:
        yield Correlations(tuple(columns), np.corrcoef(np.stack(list(columns.values()))))


def _ranks(values: Array) -> Array:
    """Ranks (N,), equal values sharing the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean: Array = counts.cumsum() - (counts - 1) / 2
    return mean[place]


def _missing(challenge: Challenge, groups: Groups) -> Iterator[str]:
    unknown = [group.name for group in groups.each if group.planets.truth.parameters is None]
    if unknown:
        yield f"The parameters are not known of: {', '.join(unknown)}."
    if not challenge.schema.auxiliary:
        yield "There are no auxiliary columns."
    if not any(group.planets.truth.n_traces for group in groups.each):
        yield "No planet has a trace."
