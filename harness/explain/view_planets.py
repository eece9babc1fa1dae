"""Which planets are unlike those learned from, and on which the method fails: sections of its report."""

from __future__ import annotations

import numpy as np

from harness.errors import counted
from harness.explain.explanation import Explanation
from harness.explain.strangers import strangers
from harness.figures.views import Bars, Cloud, Panel, Section, Words

WORST = 12  # groups that are drawn


def drifted(found: Explanation) -> Section:
    """Test planets against training planets as the method sees them, and examples of the farthest."""
    drift = found.drift
    train, test = (plane.numpy() for plane in drift.plane)
    colours = np.concatenate([np.zeros(train.shape[1]), np.full(test.shape[1], 2.0)])
    rows = tuple(
        (
            group.name,
            str(group.planets),
            f"{group.discrepancy:z.4f}".replace("-", "−"),
            f"{group.p_value:.3f}",
            f"{group.far:.0%}",
        )
        for group in drift.groups
    )
    named = tuple(
        (found.challenge.test.observations.title(row), float(test[0, row]), float(test[1, row]))
        for row in drift.strangest(4, each=1)
    )
    words = Words("", ("planets", "number", "squared MMD", "p-value", "farther than 95% of held out"), rows)
    cloud = Cloud(
        "Training (blue dots) and test planets (orange triangles)",
        "direction 1",
        "direction 2",
        np.concatenate([train, test], axis=1),
        colours,
        grouped=True,
        named=named,
    )
    return Section(
        "Are the test planets as those that it learned from?",
        f"Planets in {drift.what}. A group whose p-value is small (a permutation test of the maximum mean "
        "discrepancy) differs from the training planets; the planets named are the farthest from them. "
        "Below, these with the training planets nearest to them, which the method will take them for: "
        "explanation by example. Spectra are shown as contrasts, less their mean and over their spread.",
        (cloud, words, *strangers(found)),
        columns=2,
    )


def failing(found: Explanation) -> Section:
    """The groups of planets with the worst scores."""
    worst = found.groups[:WORST]
    panels: tuple[Panel, ...] = (Words("", ("There are too few planets to divide.",), ()),)
    if worst:
        rows = tuple(
            (
                group.name,
                str(group.planets),
                f"{group.score:z.0f} ± {group.error:.0f}",
                f"{group.difference:+z.1f}".replace("-", "−"),
            )
            for group in worst
        )
        panels = (
            Bars(
                "Mean score",
                "score",
                tuple(group.name for group in worst),
                np.array([group.score for group in worst]),
                np.array([group.error for group in worst]),
            ),
            Words("", ("planets", "number", "score", "against the others [standard errors]"), rows),
        )
    return Section(
        "Which planets it fails on",
        f"The worst of {counted(len(found.groups), 'group')} of the {len(found.scored)} test planets: "
        "quarters by each parameter, auxiliary column, mean depth, noise and size of features, and kinds of "
        "planets against the matched ones. With so many, two standard errors are nothing; more than three "
        "are.",
        panels,
        columns=2,
    )
