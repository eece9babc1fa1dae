"""Compare the built-in band model with published cross-sections.

The published values are arithmetic and geometric means over g of correlated-k tables, from the file
shared/data/opacity/ktable_means.csv beside the repository, for H2O, CO2, CO and CH4.

    python benchmarks/band_model_calibration.py
    python benchmarks/band_model_calibration.py --figure docs/figures/band_model_calibration.png
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.physics.band_model import MOLECULES, WAVENUMBER, cross_sections
from harness.physics.band_model.line_comb import BLOCK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT = Path(__file__).resolve().parents[1]
ANCHORS = ROOT.parent / "shared" / "data" / "opacity" / "ktable_means.csv"
COLUMNS = {
    "wavelength_um": "wavelength",
    "pressure_Pa": "pressure",
    "temperature_K": "temperature",
    "mean_cross_section_cm2": "arithmetic",
    "geometric_mean_cross_section_cm2": "geometric",
}

# The table does not state its channels. Which of them a narrow band of CO or CO2 at 100 K enters tells that
# those of WFC3 reach 0.025 um to either side; those at 3.6 and 4.5 um are taken as the nominal bands of IRAC.
WFC3_HALF_WIDTH = 0.025  # um
IRAC = {3.6: (3.18, 3.95), 4.5: (3.98, 5.02)}  # um

SMALLEST = 1e-25  # cm2, mean cross-sections from here on count
COOLEST, HOTTEST = 500, 2000  # K

DRAWN_PRESSURE = 7393.1  # Pa, one of the table's
COLOURS = {700.0: "#1f6fb4", 1600.0: "#c8442c"}  # by temperature [K], two of the table's
TICKS = (0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 6, 7, 8)  # um


@dataclass(frozen=True)
class Comparison:
    """One molecule's cells of the table, with the model's means and log10 ratios (model over table)."""

    molecule: str
    cells: pd.DataFrame

    def counted(self) -> pd.DataFrame:
        """The cells above `SMALLEST` between `COOLEST` and `HOTTEST`."""
        table = self.cells
        return table[(table.arithmetic > SMALLEST) & table.temperature.between(COOLEST, HOTTEST)]

    def median(self, mean: str) -> float:
        """Median |log10 ratio| of "arithmetic" or "geometric" means over the counted cells [dex].

        Cells whose geometric mean is zero in the table, where part of a channel has no line at all, have no
        ratio and are left out; `report` says how many.
        """
        ratio = self.counted()[f"{mean}_ratio"].abs()
        return float(ratio[np.isfinite(ratio)].median())


def channel_edges(wavelength: float) -> tuple[float, float]:
    """Shortest and longest wavelength [um] of the table's channel."""
    return IRAC.get(wavelength, (wavelength - WFC3_HALF_WIDTH, wavelength + WFC3_HALF_WIDTH))


def compare(molecule: str, anchors: Path = ANCHORS) -> Comparison:
    """The model's means over the channels beside those of the table, in all its cells."""
    cells = pd.read_csv(anchors).rename(columns=COLUMNS)
    cells = cells[cells.molecule == molecule].copy()
    temperatures = np.sort(cells.temperature.unique()).astype(np.float64)
    pressures = np.sort(cells.pressure.unique()).astype(np.float64)
    values = cross_sections(MOLECULES[molecule], WAVENUMBER, temperatures, pressures).astype(np.float64)
    where = (
        np.searchsorted(pressures, cells.pressure.to_numpy()),
        np.searchsorted(temperatures, cells.temperature.to_numpy()),
    )
    for wavelength in cells.wavelength.unique():
        shortest, longest = channel_edges(float(wavelength))
        wavelengths = 1e4 / WAVENUMBER
        inside = (wavelengths > shortest) & (wavelengths < longest)
        weight = 1.0 / WAVENUMBER[inside]  # the native bins' widths in wavelength
        weight = weight / weight.sum()
        rows = (cells.wavelength == wavelength).to_numpy()
        channel = values[where[0][rows], where[1][rows]][:, inside]
        cells.loc[rows, "model_arithmetic"] = channel @ weight
        cells.loc[rows, "model_geometric"] = np.exp(np.log(channel) @ weight)
    with np.errstate(divide="ignore"):
        for mean in ("arithmetic", "geometric"):
            cells[f"{mean}_ratio"] = np.log10(cells[f"model_{mean}"]) - np.log10(cells[mean])
    return Comparison(molecule, cells)


def report(comparison: Comparison) -> str:
    """Three lines about one molecule."""
    counted = comparison.counted()
    parts = [f"{comparison.molecule:4} {len(counted):5d} cells"]
    for mean in ("arithmetic", "geometric"):
        ratio = counted[f"{mean}_ratio"]
        ratio = ratio[np.isfinite(ratio)]
        parts.append(
            f"{mean}: median |log10 ratio| {ratio.abs().median():.3f} dex, 90% below "
            f"{ratio.abs().quantile(0.9):.2f}, bias {ratio.median():+.3f}"
            + (f", without {len(counted) - len(ratio)} cells of zero" if len(ratio) < len(counted) else "")
        )
    thin = counted[(counted.pressure < 1) & (counted.geometric > 0)]
    table = np.log10(thin.geometric / thin.arithmetic).median()
    model = np.log10(thin.model_geometric / thin.model_arithmetic).median()
    parts.append(
        f"below 1 Pa the geometric mean lies under the arithmetic by 10^{model:.2f} (table {table:.2f})"
    )
    return "\n       ".join(parts)


def draw(comparisons: list[Comparison], path: Path) -> None:
    """Cross-sections at two temperatures with the table's means, and how the ratios are distributed."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    figure = Figure(figsize=(11, 9), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(5, 4, width_ratios=[1, 1, 1, 1.05])
    by_name = {comparison.molecule: comparison for comparison in comparisons}
    for row, name in enumerate(("H2O", "CO2", "CO", "CH4", "NH3")):
        spectrum, ratios = figure.add_subplot(grid[row, :3]), figure.add_subplot(grid[row, 3])
        draw_spectrum(spectrum, name, by_name.get(name))
        draw_ratios(ratios, by_name.get(name))
        if row == 0:
            spectrum.plot([], [], "o", ms=4.5, mfc="white", mec="0.3", label="k-table, arithmetic mean")
            spectrum.legend(ncols=3, loc="upper right", frameon=False, fontsize=8)
            spectrum.set_title(f"Band model at {DRAWN_PRESSURE / 1e5:.2f} bar: points, means", fontsize=10)
            ratios.set_title("log10 (model / k-table), 500-2000 K", fontsize=10)
    spectrum.set_xticks(TICKS, labels=[f"{tick:g}" for tick in TICKS])
    spectrum.set_xlabel("wavelength [µm]")
    pixels = io.BytesIO()
    figure.savefig(pixels, dpi=100)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(pixels).convert("RGB").quantize(64).save(path, optimize=True)


def draw_spectrum(axes: Axes, name: str, comparison: Comparison | None) -> None:
    temperatures = np.array(list(COLOURS))
    values = cross_sections(MOLECULES[name], WAVENUMBER, temperatures, np.array([DRAWN_PRESSURE]))[0]
    wavelength = 1e4 / WAVENUMBER
    whole = len(wavelength) // BLOCK * BLOCK  # the means are over the blocks of the comb, R = 88
    for kelvin, row in zip(COLOURS, values, strict=True):
        axes.plot(wavelength, row, ",", alpha=0.5, color=COLOURS[kelvin])
        means = [array[:whole].reshape(-1, BLOCK).mean(1) for array in (wavelength, row)]
        axes.plot(*means, lw=1.2, color=COLOURS[kelvin], label=f"{kelvin:.0f} K")
        if comparison is not None:
            cells = comparison.cells
            near = cells[
                (cells.temperature == kelvin) & np.isclose(cells.pressure, DRAWN_PRESSURE, rtol=1e-3)
            ]
            style = {"ms": 4.5, "mfc": "white", "mec": COLOURS[kelvin], "mew": 1.2, "zorder": 3}
            axes.plot(near.wavelength, near.arithmetic, "o", **style)
    axes.set(xscale="log", yscale="log", xlim=(0.5, 8.5), ylim=(1e-28, 1e-16), ylabel="[cm²]")
    axes.set_xticks(TICKS, labels=[])
    axes.minorticks_off()
    axes.set_yticks([1e-27, 1e-24, 1e-21, 1e-18])
    axes.grid(alpha=0.25, lw=0.5)
    axes.text(0.012, 0.84, name, transform=axes.transAxes, weight="bold")


def draw_ratios(axes: Axes, comparison: Comparison | None) -> None:
    if comparison is None:
        axes.text(0.5, 0.5, "no published means\nto compare with", ha="center", va="center", color="0.4")
        axes.set_axis_off()
        return
    counted = comparison.counted()
    bins = [float(edge) for edge in np.linspace(-1, 1, 41)]
    for mean, colour in (("geometric", "0.75"), ("arithmetic", "#2f7d5b")):
        ratio = counted[f"{mean}_ratio"].clip(-0.999, 0.999)  # what lies beyond counts in the last bins
        label = f"{mean}: median |.| {comparison.median(mean):.2f}"
        axes.hist(ratio, bins=bins, color=colour, alpha=0.75, label=label)
    for edge in (-0.3, 0.3):
        axes.axvline(edge, color="0.2", lw=0.8, ls=":")
    axes.set(yticks=[], xlim=(-1, 1), ylim=(0, axes.get_ylim()[1] * 1.45))
    axes.legend(frameon=False, fontsize=7, loc="upper left", handlelength=1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figure", type=Path, help="draw the comparison to this file")
    arguments = parser.parse_args()
    comparisons = [compare(name) for name in ("H2O", "CO2", "CO", "CH4")]
    for comparison in comparisons:
        print(report(comparison))
    if arguments.figure is not None:
        draw(comparisons, arguments.figure)


if __name__ == "__main__":
    main()
