"""What a report of many small pictures shows, as numbers ready to be drawn: as one PNG, or as one page."""

from __future__ import annotations

from dataclasses import dataclass

from harness.data.arrays import Array

DRAWN = 800  # points of a cloud at most


@dataclass(frozen=True)
class Cloud:
    """A point for each planet.

    Attributes:
        title: what is shown.
        x, y: labels of the axes.
        points: x and y (2, K).
        colours: a number for each point (K,), or whole numbers that are groups; None for one colour.
        colour: what the number is.
        grouped: whether `colours` are groups.
        logarithmic: whether both axes are.
        named: points to point out: a name, x and y.
    """

    title: str
    x: str
    y: str
    points: Array
    colours: Array | None = None
    colour: str = ""
    grouped: bool = False
    logarithmic: bool = False
    named: tuple[tuple[str, float, float], ...] = ()


@dataclass(frozen=True)
class Line:
    """A line of points, with a band or error bars around it.

    Attributes:
        label: what it is; nothing leaves it out of the legend.
        x, y: (K,).
        low, high: ends of the band (K,), or None.
    """

    label: str
    x: Array
    y: Array
    low: Array | None = None
    high: Array | None = None


@dataclass(frozen=True)
class Curves:
    """Lines over a common axis.

    Attributes:
        title: what is shown.
        x, y: labels of the axes.
        lines: each with a style of its own.
        wavelengths: whether x are those of channels [um].
        level: where a line is drawn across, or None.
        shaded: parts of the x axis with the colour's number and a name, such as the bands of molecules.
        logarithmic: whether x is.
        decades: whether y is.
    """

    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    wavelengths: bool = False
    level: float | None = None
    shaded: tuple[tuple[float, float, int, str], ...] = ()
    logarithmic: bool = False
    decades: bool = False


@dataclass(frozen=True)
class Bars:
    """A horizontal bar for each name, the first on top.

    Attributes:
        title: what is shown.
        x: label of the axis.
        names: of the bars.
        values: their lengths (K,).
        errors: 1-sigma (K,), or None.
    """

    title: str
    x: str
    names: tuple[str, ...]
    values: Array
    errors: Array | None = None


@dataclass(frozen=True)
class Grid:
    """A matrix of coloured numbers.

    Attributes:
        title: what is shown.
        rows, columns: their names.
        values: the numbers (R, C); NaN is left empty.
        texts: what is written into the cells; none where they are too small.
        signed: whether colours run from minus to plus.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array
    texts: tuple[tuple[str, ...], ...] = ()
    signed: bool = False


@dataclass(frozen=True)
class Words:
    """A table of words and numbers; the first column is a name."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Panel = Cloud | Curves | Bars | Grid | Words


@dataclass(frozen=True)
class Section:
    """Panels that belong together, under a heading and words that say how to read them.

    Attributes:
        title: the heading.
        explained: a few sentences.
        panels: in their order.
        columns: how many of them beside each other in a picture.
    """

    title: str
    explained: str
    panels: tuple[Panel, ...]
    columns: int = 1


@dataclass(frozen=True)
class View:
    """A whole report.

    Attributes:
        title: the heading.
        facts: what it was made of, a sentence or two.
        findings: what is to be remembered, a sentence each.
        notes: what there was not to show, a sentence each.
        sections: the pictures.
    """

    title: str
    facts: str
    findings: tuple[str, ...]
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
