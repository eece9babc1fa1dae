"""Pictures as SVG in a page, in the page's own colours: dots with links, and curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness_leaderboard.site.document import shown

WIDTH, HEIGHT = 560, 400
LEFT, RIGHT, TOP, BOTTOM = 78, 540, 16, 344  # of the axes
STYLES = 8  # of curves in the style sheet
DASHES = ("", "7 3", "2 2", "8 3 2 3")


@dataclass(frozen=True)
class Dot:
    """A point with its words and the page that it leads to."""

    x: float
    y: float
    words: str
    link: str | None
    is_front: bool


@dataclass(frozen=True)
class Curve:
    """A line with its name."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


class Axis:
    """Where numbers lie on a picture; a logarithm where `decades`."""

    def __init__(self, values: Sequence[float], start: float, end: float, *, decades: bool = False) -> None:
        self.decades = decades
        scaled = [self._scaled(value) for value in values]
        low, high = min(scaled), max(scaled)
        margin = 0.05 * (high - low) or 0.5
        self._low, self._high = low - margin, high + margin
        self._start, self._end = start, end

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, 1e-3)) if self.decades else value

    def at(self, value: float) -> float:
        """The place of a number."""
        share = (self._scaled(value) - self._low) / (self._high - self._low)
        return round(self._start + share * (self._end - self._start), 1)

    def ticks(self) -> list[tuple[float, str]]:
        """(number, text) of a few round numbers."""
        if self.decades:
            powers = range(math.floor(self._low), math.ceil(self._high) + 1)
            wide = self._high - self._low > 2
            round_numbers = [
                10.0**power * factor for power in powers for factor in ((1,) if wide else (1, 2, 5))
            ]
            there = [value for value in round_numbers if self._low <= math.log10(value) <= self._high]
            return [(value, f"{value:g}") for value in there]
        step = 10.0 ** math.floor(math.log10((self._high - self._low) / 2))
        step *= next(factor for factor in (1, 2, 5, 10) if (self._high - self._low) / (step * factor) <= 6)
        first = math.ceil(self._low / step)
        count = math.floor(self._high / step) - first + 1
        return [(step * (first + number), f"{step * (first + number):.6g}") for number in range(count)]


def scatter(dots: Sequence[Dot], across: str, up: str) -> str:
    """Dots by cost, on an axis of decades, and score; each leads to its page."""
    x = Axis([dot.x for dot in dots], LEFT, RIGHT, decades=True)
    y = Axis([dot.y for dot in dots], BOTTOM, TOP)
    marks = []
    for dot in dots:
        kind = "front" if dot.is_front else "beaten"
        mark = (
            f'<circle class="dot {kind}" cx="{x.at(dot.x)}" cy="{y.at(dot.y)}" r="7">'
            f"<title>{shown(dot.words)}</title></circle>"
        )
        label = shown(dot.words)
        marks.append(f'<a href="{shown(dot.link)}" aria-label="{label}">{mark}</a>' if dot.link else mark)
    return _svg(_axes(x, y, across, up) + "".join(marks), f"{up} against {across}")


def curves(lines: Sequence[Curve], across: str, up: str, behind: str = "") -> str:
    """Lines that differ in dash and colour, over what lies `behind`, with a legend below."""
    x = Axis([value for line in lines for value in line.x], LEFT, RIGHT)
    y = Axis([value for line in lines for value in line.y], BOTTOM, TOP)
    return _drawn(lines, x, y, across, up, behind)


def unit_curves(
    lines: Sequence[Curve], across: str, up: str, band: Sequence[tuple[float, float, float]]
) -> str:
    """Lines from 0 to 1 either way, over the band (x, low, high) in which chance alone would be."""
    x, y = Axis([0.0, 1.0], LEFT, RIGHT), Axis([0.0, 1.0], BOTTOM, TOP)
    there = [f"{x.at(at)},{y.at(low)}" for at, low, _ in band]
    back = [f"{x.at(at)},{y.at(high)}" for at, _, high in reversed(band)]
    behind = f'<polygon class="band" points="{" ".join([*there, *back])}"/>'
    return _drawn(lines, x, y, across, up, behind)


def _drawn(lines: Sequence[Curve], x: Axis, y: Axis, across: str, up: str, behind: str) -> str:
    drawn = behind + _axes(x, y, across, up)
    legend = []
    for number, line in enumerate(lines):
        points = " ".join(f"{x.at(a)},{y.at(b)}" for a, b in zip(line.x, line.y, strict=True))
        look = f'class="curve line{number % STYLES}" stroke-dasharray="{DASHES[number % len(DASHES)]}"'
        drawn += f'<polyline {look} points="{points}"><title>{shown(line.name)}</title></polyline>'
        sample = (
            f'<svg viewBox="0 0 36 8" aria-hidden="true"><line {look} x1="0" y1="4" x2="36" y2="4"/></svg>'
        )
        legend.append(f"<li>{sample}{shown(line.name)}</li>")
    return _svg(drawn, f"{up} against {across}") + f'<ul class="legend">{"".join(legend)}</ul>'


def _axes(x: Axis, y: Axis, across: str, up: str) -> str:
    parts = [f'<rect class="axis" x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>']
    for value, text in x.ticks():
        at = x.at(value)
        parts.append(f'<line class="grid" x1="{at}" y1="{TOP}" x2="{at}" y2="{BOTTOM}"/>')
        parts.append(f'<text x="{at}" y="{BOTTOM + 18}" text-anchor="middle">{text}</text>')
    for value, text in y.ticks():
        at = y.at(value)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{at}" x2="{RIGHT}" y2="{at}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 5}" text-anchor="end">{text}</text>')
    middle = (TOP + BOTTOM) / 2
    below, beside = f'x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 14}"', f'x="16" y="{middle}"'
    turned = f'transform="rotate(-90 16 {middle})"'
    parts.append(f'<text {below} text-anchor="middle">{shown(across)}</text>')
    parts.append(f'<text {beside} text-anchor="middle" {turned}>{shown(up)}</text>')
    return "".join(parts)


def _svg(inside: str, label: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{shown(label)}">{inside}</svg>'
