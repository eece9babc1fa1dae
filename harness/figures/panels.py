"""The kinds of panel that a population is shown in, as numbers ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.data.arrays import Array
from harness.figures.wording import Quantity

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the bars and bands
BARS = (
    "Below each histogram a bar for each group: the central 90% (thin) and 50% (thick), and the median; "
    "of a group of fewer than ten planets, each of them."
)
MOST_BINS, LEAST_BINS = 24, 8
FEW = 10  # values that are shown one by one rather than by their quantiles
DECADES = 1.5  # that positive values span where their axis is logarithmic


@dataclass(frozen=True)
class Row:
    """One group's values: quantiles at `LEVELS` (5,), or where there are few, each of them."""

    values: Array
    few: bool

    @classmethod
    def of(cls, values: Array | None) -> Row | None:
        """None where no value is known."""
        if values is None or len(values) == 0:
            return None
        few = len(values) < FEW
        return cls(np.sort(values) if few else np.quantile(values, LEVELS), few)


@dataclass(frozen=True)
class Distribution:
    """How one quantity is distributed, in the quantity's unit.

    Attributes:
        quantity: what it is.
        logarithmic: whether the axis is.
        edges: of the bins (B + 1,).
        filled: percentage of the reference planets in each bin (B,).
        outlined: the same of the planets drawn beside them, or None.
        rows: the values of each group, or None where they are not known.
        remark: a few words above the panel, such as the prior.
        marked: the value of the chosen planet.
    """

    quantity: Quantity
    logarithmic: bool
    edges: Array
    filled: Array
    outlined: Array | None
    rows: Mapping[str, Row | None]
    remark: str = ""
    marked: float | None = None


@dataclass(frozen=True)
class Channels:
    """Quantiles of a quantity over the planets, in each channel.

    Attributes:
        quantity: what it is.
        logarithmic: whether its axis is.
        wavelength: ascending [um] (W,).
        band: quantiles of the reference planets at `LEVELS` (5, W).
        medians: of each group (W,).
        marked: the chosen planet (W,).
    """

    quantity: Quantity
    logarithmic: bool
    wavelength: Array
    band: Array
    medians: Mapping[str, Array]
    marked: Array | None = None


@dataclass(frozen=True)
class Scatter:
    """One quantity of each planet against another.

    Attributes:
        title: what is shown.
        x, y: the quantities.
        logarithmic: whether both axes are.
        points: x and y (2, K) of each group.
        diagonal: whether the line of equality is drawn.
        remark: a few words above the panel.
        marked: x and y of the chosen planet.
    """

    title: str
    x: Quantity
    y: Quantity
    logarithmic: bool
    points: Mapping[str, Array]
    diagonal: bool
    remark: str = ""
    marked: tuple[float, float] | None = None


@dataclass(frozen=True)
class Correlations:
    """Rank correlations of quantities over the reference planets (Q, Q)."""

    names: tuple[str, ...]
    values: Array


Panel = Distribution | Channels | Scatter | Correlations


def distribution(
    quantity: Quantity,
    reference: Array,
    outlined: Array | None,
    groups: Mapping[str, Array | None],
    *,
    span: tuple[float, float] | None = None,
    linear: bool = False,
    remark: str = "",
    marked: float | None = None,
) -> Distribution | None:
    """Count values (N,) in bins that all groups share; None where there is nothing to tell apart.

    Values that are not finite are left out.

    Arguments:
        quantity: what it is; the values are multiplied by its factor.
        reference: of the planets that the others are compared with.
        outlined: of those drawn beside them.
        groups: of each group.
        span: ends of the axis; by default those of the values.
        linear: whether the axis must not be logarithmic.
        remark, marked: as in `Distribution`.
    """
    factor = quantity.factor
    known = {name: None if values is None else _finite(values) * factor for name, values in groups.items()}
    inside, beside = _finite(reference) * factor, None if outlined is None else _finite(outlined) * factor
    everything = np.concatenate([inside, *(values for values in known.values() if values is not None)])
    if len(everything) == 0 or (span is None and everything.min() == everything.max()):
        return None
    logarithmic = span is None and not linear and spans_decades(everything)
    low, high = span or (float(everything.min()), float(everything.max()))
    bins = int(np.clip(np.sqrt(len(inside)), LEAST_BINS, MOST_BINS))
    edges = np.geomspace(low, high, bins + 1) if logarithmic else np.linspace(low, high, bins + 1)
    return Distribution(
        quantity=quantity,
        logarithmic=logarithmic,
        edges=edges,
        filled=_percentages(inside, edges),
        outlined=None if beside is None or len(beside) == 0 else _percentages(beside, edges),
        rows={name: Row.of(values) for name, values in known.items()},
        remark=remark,
        marked=None if marked is None or not np.isfinite(marked) else marked * factor,
    )


def spans_decades(values: Array) -> bool:
    """Whether values are positive and far enough apart for a logarithmic axis."""
    return bool(values.min() > 0 and np.log10(values.max() / values.min()) > DECADES)


def _finite(values: Array) -> Array:
    return values[np.isfinite(values)]


def _percentages(values: Array, edges: Array) -> Array:
    counts, _ = np.histogram(values.clip(edges[0], edges[-1]), bins=edges)
    return 100 * counts / max(len(values), 1)
