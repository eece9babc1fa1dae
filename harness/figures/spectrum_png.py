"""A spectrum with matplotlib."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from harness.figures.palette import FAINT, GAS_STYLES, GRID, INK, MATPLOTLIB_DASHES, styles
from harness.figures.spectrum import SpectrumView
from harness.figures.wording import mathtext

# inches
WIDTH, LEFT, RIGHT = 10.0, 0.85, 0.15
SPECTRUM, RESIDUAL, GAP = 4.2, 1.1, 0.12
NAME, LINE, BELOW = 0.5, 0.21, 0.6

LETTERS = 122  # of a line of facts
ENTRIES = 4  # of the legend, in a line


def spectrum_figure(view: SpectrumView) -> Figure:
    """Draw a spectrum, what each gas adds, and below the difference to the forward model."""
    lines = _lines(view.facts.split(" · "), " · ") + _lines(" ".join(view.notes).split(" "), " ")
    entries = 1 + len(view.alone) + (view.bare is not None) + (view.model is not None)
    residual = 0.0 if view.residual is None else GAP + RESIDUAL
    above, below = NAME + LINE * len(lines), BELOW + 0.1 + LINE * -(-entries // ENTRIES)
    height = above + SPECTRUM + residual + below
    figure = Figure(figsize=(WIDTH, height), dpi=150)

    def axes(top: float, tall: float) -> Axes:
        share = (WIDTH - LEFT - RIGHT) / WIDTH
        return figure.add_axes((LEFT / WIDTH, 1 - (top + tall) / height, share, tall / height))

    top = axes(above, SPECTRUM)
    panels = [top] if view.residual is None else [top, axes(above + SPECTRUM + GAP, RESIDUAL)]
    _draw_lines(top, view)
    _draw_points(top, view)
    if len(panels) > 1:
        _draw_residual(panels[-1], view)
        top.tick_params(labelbottom=False)
    for one in panels:
        _limit_wavelengths(one, view)
        one.grid(color=GRID, linewidth=0.7)
        one.set_axisbelow(True)
        one.spines[["top", "right"]].set_visible(False)
        one.yaxis.set_label_coords(-0.62 / (WIDTH - LEFT - RIGHT), 0.5)
    panels[-1].set_xlabel("wavelength [µm]")
    figure.text(LEFT / WIDTH, 1 - 0.34 / height, view.title, fontsize=14, weight="bold", color=INK)
    figure.text(
        LEFT / WIDTH,
        1 - 0.45 / height,
        mathtext("\n".join(lines)),
        fontsize=9,
        color=INK,
        va="top",
        linespacing=1.45,
    )
    _write_legend(figure, top, view, (below - BELOW) / height)
    return figure


def _lines(words: list[str], between: str) -> list[str]:
    """Words in lines of at most LETTERS, none of them broken."""
    lines: list[str] = []
    for word in filter(None, words):
        if lines and len(lines[-1]) + len(between) + len(word) <= LETTERS:
            lines[-1] += between + word
        else:
            lines.append(word)
    return lines


def _draw_lines(axes: Axes, view: SpectrumView) -> None:
    order, factor = view.in_order(), view.quantity.factor
    wavelength = view.wavelength[order]
    for label, style in styles(list(view.alone), GAS_STYLES).items():
        axes.plot(
            wavelength,
            factor * view.alone[label][order],
            color=style.colour,
            linestyle=MATPLOTLIB_DASHES[style.dash],
            linewidth=1.6,
            label=label,
        )
    if view.bare is not None:
        axes.plot(
            wavelength, factor * view.bare[order], color=FAINT, linewidth=1.2, label="none of the gases"
        )
    if view.model is not None:
        axes.plot(
            wavelength, factor * view.model[order], color=INK, linewidth=0.9, label="all, forward model"
        )


def _draw_points(axes: Axes, view: SpectrumView) -> None:
    factor = view.quantity.factor
    axes.errorbar(
        view.wavelength,
        factor * view.depth,
        xerr=view.width / 2,
        yerr=None if view.noise is None else factor * view.noise,
        fmt="o",
        markersize=3.2,
        color="black",
        ecolor="#6b6b6b",
        elinewidth=0.9,
        label=view.depth_label,
        zorder=4,
    )
    axes.set_ylabel(str(view.quantity))


def _draw_residual(axes: Axes, view: SpectrumView) -> None:
    residual = view.residual
    assert residual is not None
    axes.axhspan(-1, 1, color=GRID, alpha=0.6, linewidth=0)
    axes.axhline(0, color=INK, linewidth=0.9)
    axes.errorbar(
        view.wavelength, residual, xerr=view.width / 2, fmt="o", markersize=2.6, color="black", elinewidth=0.9
    )
    reach = max(3.2, 1.15 * float(np.abs(residual).max()))
    axes.set_ylim(-reach, reach)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, symmetric=True))
    axes.set_ylabel("residual [σ]")


def _limit_wavelengths(axes: Axes, view: SpectrumView) -> None:
    low, high = view.limits
    if view.logarithmic:
        axes.set_xscale("log")
        axes.set_xticks(view.ticks, labels=[f"{tick:g}" for tick in view.ticks])
        axes.set_xticks([], minor=True)
        axes.set_xlim(low / 1.02, high * 1.02)
    else:
        margin = 0.02 * (high - low)
        axes.set_xlim(low - margin, high + margin)


def _write_legend(figure: Figure, axes: Axes, view: SpectrumView, bottom: float) -> None:
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda i: labels[i] != view.depth_label)  # the spectrum first
    figure.legend(
        [handles[i] for i in order],
        [labels[i] for i in order],
        loc="upper left",
        bbox_to_anchor=((LEFT - 0.1) / WIDTH, bottom),
        ncols=min(ENTRIES, len(labels)),
        frameon=False,
        fontsize=9,
        handlelength=3.2,
        borderaxespad=0,
    )
