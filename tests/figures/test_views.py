"""The panels of a report can be read: their axes have numbers, and legends lie on no line."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from harness.figures.log_ticks import log_ticks
from harness.figures.views import Cloud, Curves, Line, Panel, Section, View
from harness.figures.views_picture import view_figure
from harness.figures.views_plotly import panel_figure


def drawn(*panels: Panel, columns: int = 3) -> Figure:
    figure = view_figure(View("", "", (), (), (Section("", "", panels, columns),)))
    FigureCanvasAgg(figure).draw()
    return figure


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.21, 1.75, [1.3, 1.4, 1.5, 1.6, 1.7]),
        (0.002, 0.03, [0.003, 0.01, 0.03]),
        (0.1, 30, [0.1, 1, 10]),
        (0.9, 1.1e9, [1, 100, 1e4, 1e6, 1e8]),
        (7.0005, 7.0045, [7.001, 7.002, 7.003, 7.004]),
        (2, 2, [2]),
    ],
)
def test_a_logarithmic_axis_has_round_numbers_however_short_it_is(
    low: float, high: float, expected: list[float]
) -> None:
    assert log_ticks(low, high) == pytest.approx(expected)


def test_a_cloud_within_a_decade_has_numbers_on_both_axes() -> None:
    points = np.array([np.linspace(1.3, 1.65, 20), np.linspace(0.011, 0.09, 20)])
    cloud = Cloud("", "mean", "spread", points, logarithmic=True)
    axes = drawn(cloud).axes[0]
    for of_axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        ticks = [tick for tick in of_axis.get_major_ticks() if low <= tick.get_loc() <= high]
        assert len([tick for tick in ticks if tick.label1.get_text()]) >= 3
    layout = panel_figure(cloud).layout
    assert all(len(layout[one]["ticktext"]) >= 3 for one in ("xaxis", "yaxis"))


@pytest.mark.parametrize("columns", [2, 3, 4])
@pytest.mark.parametrize("label", ["1: 6,561 planets", "a label that is longer than others are"])
@pytest.mark.parametrize("decades", [False, True])
def test_a_legend_lies_above_all_lines(columns: int, label: str, decades: bool) -> None:
    x = np.linspace(1, 2, 20)
    for n in (2, 5, 8):
        lines = tuple(Line(label, x, 10.0 ** (-i + x)) for i in range(n))
        axes = drawn(Curves("", "x", "y", lines, decades=decades), columns=columns).axes[0]
        legend = axes.get_legend()
        assert legend is not None
        highest = max(axes.transData.transform((2, line.y.max()))[1] for line in lines)
        box = legend.get_window_extent()
        assert box.y0 > highest
        assert box.x0 >= axes.get_window_extent().x0
