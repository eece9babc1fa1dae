"""Two entries planet by planet, with matplotlib."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from harness.figures.palette import FAINT, GRID, INK, MATPLOTLIB_DASHES, STYLES
from harness.untrusted.words import printable
from harness_leaderboard.paired import Comparison


def comparison_figure(found: Comparison, names: tuple[str, str], scorer: str, challenge: str) -> Figure:
    """Draw the scores of either against each other, and how their differences are distributed.

    Arguments:
        found: the two, planet by planet.
        names: of the first and the second.
        scorer: name of the score.
        challenge: its spec.
    """
    figure = Figure(figsize=(11, 5), dpi=150)
    left, right = figure.add_axes((0.07, 0.12, 0.4, 0.7)), figure.add_axes((0.56, 0.12, 0.42, 0.7))
    kinds = list(found.kinds) or [""]
    partitions = np.array(found.partitions)
    ends = (min(found.first.min(), found.second.min()), max(found.first.max(), found.second.max()))
    left.plot(ends, ends, color=FAINT, linewidth=1, zorder=1)
    for number, kind in enumerate(kinds):
        of_kind = partitions == kind
        style = STYLES[number % len(STYLES)]
        left.scatter(
            found.second[of_kind],
            found.first[of_kind],
            s=22,
            color=style.colour,
            marker=style.marker,
            alpha=0.8,
            linewidths=0,
            label=printable(kind) or None,
            zorder=2,
        )
    left.set_xlabel(_escaped(f"B: {names[1]}"))
    left.set_ylabel(_escaped(f"A: {names[0]}"))
    if found.kinds:
        left.legend(frameon=False, fontsize=8)
    differences = np.sort(found.first - found.second)
    shares = (np.arange(len(differences)) + 0.5) / len(differences)
    right.axvline(0, color=FAINT, linewidth=1)
    for number, kind in enumerate(kinds):
        of_kind = np.sort((found.first - found.second)[partitions == kind])
        style = STYLES[number % len(STYLES)]
        right.plot(
            of_kind,
            (np.arange(len(of_kind)) + 0.5) / len(of_kind),
            color=style.colour,
            linestyle=MATPLOTLIB_DASHES[style.dash],
            linewidth=1.5,
        )
    right.set_ylim(0, 1)
    right.set_xlim(*_span(differences, shares))
    right.set_xlabel("A - B")
    right.set_ylabel("share of planets with less")
    for axes in (left, right):
        axes.grid(color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    whole = found.whole
    error = "" if whole.standard_error is None else f" ± {whole.standard_error:.3g}"
    figure.text(
        0.07, 0.93, _escaped(f"{challenge}: {scorer} of each planet"), fontsize=13, weight="bold", color=INK
    )
    kind = f" of the kind '{found.ranking}'" if found.ranking else ""
    figure.text(
        0.07,
        0.87,
        _escaped(f"A - B = {whole.value:+.4g}{error} on {whole.planets:,} planets{kind}"),
        fontsize=10,
        color=INK,
    )
    return figure


def _span(differences: np.ndarray, shares: np.ndarray) -> tuple[float, float]:
    """All but the farthest percent on either side, and zero."""
    low, high = np.interp([0.005, 0.995], shares, differences)
    room = 0.05 * max(high - low, 1e-9)
    return min(low, 0.0) - room, max(high, 0.0) + room


def _escaped(text: str) -> str:
    """Text that matplotlib does not read as mathematics."""
    return printable(text).replace("$", r"\$")
