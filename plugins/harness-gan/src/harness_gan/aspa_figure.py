"""The layout of the ASPA as a picture: an image, and beside it what each of its pixels means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from harness.data.schema import Schema
from harness.figures.palette import FAINT, INK
from harness.figures.wording import of_parameter
from harness_gan.aspa import Aspa

SHAPE, CONSTANT, FACT, PARAMETER = "#dbe7f3", "#f6e3c5", "#e4e4e4", "#f3d4e0"
REACH = 1.5  # pixels beyond it are drawn as black or white


def aspa_figure(layout: Aspa, image: Tensor, schema: Schema, facts: Sequence[str] = ()) -> Figure:
    """Draw one image and its layout side by side.

    Arguments:
        layout: of the image.
        image: (height, width).
        schema: names channels and parameters.
        facts: names of the facts, in their order; numbered where there are none.
    """
    tall = 0.33 * layout.height + 0.7
    figure = Figure(figsize=(9.6, tall), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    left.imshow(image.cpu().numpy(), cmap="gray", vmin=-REACH, vmax=REACH)
    left.set_title("the ASPA of a planet", loc="left", color=INK)
    right.imshow(np.ones((layout.height, layout.width, 3)))
    right.set_title("what its pixels mean", loc="left", color=INK)
    for axes in (left, right):
        axes.set_xticks([])
        axes.set_yticks([])
        for side in axes.spines.values():
            side.set_color(FAINT)
    wavelength = np.asarray(schema.wavelength)
    for number, channels in enumerate(layout.channels.tolist()):
        seen = wavelength[channels]
        words = f"{seen.min():.2f}–{seen.max():.2f} µm, normalised"
        _area(right, layout, layout.shape_pixels[number], SHAPE, words)
        _area(right, layout, layout.maximum_pixels[number], CONSTANT, "max")
        _area(right, layout, layout.minimum_pixels[number], CONSTANT, "min")
    names = facts or [f"fact {number + 1}" for number in range(layout.n_facts)]
    for name, pixels in zip(names, layout.fact_pixels, strict=True):
        _area(right, layout, pixels, FACT, name)
    for parameter, pixels in zip(schema.parameters, layout.parameter_pixels, strict=True):
        _area(right, layout, pixels, PARAMETER, of_parameter(parameter).name)
    return figure


def _area(axes: Axes, layout: Aspa, pixels: Tensor, colour: str, words: str) -> None:
    """A coloured frame around pixels of one row, with words in it."""
    row, first = divmod(int(pixels[0]), layout.width)
    frame = Rectangle((first - 0.5, row - 0.5), len(pixels), 1, facecolor=colour, edgecolor="white")
    axes.add_patch(frame)
    centre = first - 0.5 + len(pixels) / 2
    axes.text(centre, row, words, ha="center", va="center", fontsize=8, color=INK)
