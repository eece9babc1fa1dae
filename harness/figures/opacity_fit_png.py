"""What learned opacities leave unexplained, before and after, channel by channel, with matplotlib."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure

from harness.components.forward_check import ForwardCheck
from harness.figures.forward_check_png import wavelength_axis
from harness.figures.palette import EDGE, INK, MARK

SMALLEST = 1e-4  # of a residual that is drawn


def opacity_fit_figure(
    before: ForwardCheck, after: ForwardCheck, wavelength: np.ndarray, title: str
) -> Figure:
    """Draw the median and the 90% quantile of the absolute residuals of planets held out at each channel.

    Arguments:
        before, after: with the opacities that the fit began with, and with those learned.
        wavelength: of the channels [um] (W,).
        title: of what they were learned.
    """
    figure = Figure(figsize=(10, 4.6), dpi=150)
    axes = figure.add_axes((0.08, 0.12, 0.905, 0.72))
    order = np.argsort(wavelength)
    for check, label, colour in ((before, "before", MARK), (after, "after", EDGE)):
        values = check.residual[check.residual.isfinite().all(dim=1)].abs()
        for share, name, style in ((0.5, "median", "-"), (0.9, "90% of planets", (0, (4, 2)))):
            drawn = torch.quantile(values, share, dim=0).clamp(min=SMALLEST).numpy()[order]
            axes.plot(
                wavelength[order],
                drawn,
                color=colour,
                linestyle=style,
                linewidth=1.4,
                label=f"{label}: {name}",
            )
    axes.set_yscale("log")
    wavelength_axis(axes, wavelength)
    axes.set_ylabel("|model less spectrum| [1σ noise]")
    axes.legend(frameon=False, fontsize=9, ncols=2)
    figure.text(0.08, 0.92, f"{title}: opacities learned from it", fontsize=13, weight="bold", color=INK)
    figure.text(0.08, 0.87, f"Of {len(after.residual)} planets that were held out.", fontsize=9, color=INK)
    return figure
