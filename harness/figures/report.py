"""What the pages of `harness data plot` and `harness spectrum` say around their figures."""

from __future__ import annotations

from html import escape

from harness.figures.corner_plotly import corner_plotly
from harness.figures.page import Block, page
from harness.figures.palette import EDGE, FILL, INK, MARK, Style, styles
from harness.figures.panels import BARS
from harness.figures.panels_plotly import panel_plotly
from harness.figures.planet import Planet, Trace
from harness.figures.population import Population, Section
from harness.figures.spectrum import SpectrumView
from harness.figures.spectrum_plotly import spectrum_plotly
from harness.figures.wording import markup, of_parameter


def spectrum_page(view: SpectrumView) -> str:
    """A page with one spectrum."""
    heading = f"<h1>{escape(view.title)}</h1>\n<p class='from'>{_text(view.facts)}</p>"
    return page(view.title, [Block(heading), Block("{0}", [spectrum_plotly(view)])])


def planet_page(planet: Planet, population: Population) -> str:
    """A page with one planet: facts, spectrum, trace, and its place in the population."""
    facts = "".join(
        f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in planet.facts
    )
    heading = (
        f"<h1>{escape(planet.title)}</h1>\n<p class='from'>of {escape(population.title)}</p>\n"
        f"{_missing(planet.notes)}<dl>{facts}</dl>"
    )
    blocks = [
        Block(heading),
        Block(f"<h2>Spectrum</h2>\n{_explained(planet)}{{0}}", [spectrum_plotly(planet.spectrum)]),
    ]
    if planet.trace is not None:
        truth = planet.truth
        figure = corner_plotly(planet.trace, truth, planet.name)
        words = "Shades: regions that hold 68% and 95%. Lines: median and central 68% interval."
        if truth is not None:
            words += " Magenta: the parameters behind the spectrum."
        blocks.append(
            Block(
                f"<h2>Trace</h2>\n<p class='explained'>{words}</p>{{0}}\n{_table(planet.trace, truth)}",
                [figure],
            )
        )
    blocks += [Block("<h2>Among the others</h2>"), *_population(population)]
    return page(planet.title, blocks)


def population_page(population: Population) -> str:
    """A page with a population."""
    return page(population.title, [Block(f"<h1>{escape(population.title)}</h1>"), *_population(population)])


def _population(population: Population) -> list[Block]:
    looks = styles(list(population.counts))
    entries = [
        _entry(look.glyph, look.colour, f"{name} ({population.counts[name]:,})")
        for name, look in looks.items()
    ]
    name, n = population.reference
    swatch = f"<span class='swatch' style='background:{FILL};border:1px solid {EDGE}'>&nbsp;</span>"
    entries.append(f"<li>{swatch} histograms and bands: {escape(name)} ({n:,})</li>")
    if population.outlined is not None:
        name, n = population.outlined
        entries.append(_entry("—", INK, f"outlined: {name} ({n:,})"))
    if population.marked is not None:
        entries.append(_entry("★", MARK, population.marked))
    heading = f"{_missing(population.notes)}<ul class='groups'>{''.join(entries)}</ul>"
    bars = f"<p class='explained'>{BARS}</p>"
    return [Block(heading + bars), *(_section(section, looks) for section in population.sections)]


def _section(section: Section, looks: dict[str, Style]) -> Block:
    figures = [panel_plotly(panel, looks) for panel in section.panels]
    places = "".join(f"{{{i}}}" for i in range(len(figures)))
    return Block(
        f"<h3>{escape(section.title)}</h3>\n<p class='explained'>{escape(section.explained)}</p>"
        f"<div class='panels'>{places}</div>",
        figures,
    )


def _entry(glyph: str, colour: str, text: str) -> str:
    return f"<li><span class='swatch' style='color:{colour}'>{glyph}</span> {escape(text)}</li>"


def _missing(notes: tuple[str, ...]) -> str:
    if not notes:
        return ""
    return f"<ul class='missing'>{''.join(f'<li>{_text(note)}</li>' for note in notes)}</ul>"


def _explained(planet: Planet) -> str:
    if planet.spectrum.model is None:
        return ""
    return (
        "<p class='explained'>Each colour is the forward model with one gas alone, the others at the "
        "lower bounds of their priors. Residuals are the spectrum minus the forward model at the planet's "
        "parameters, over the noise.</p>"
    )


def _table(trace: Trace, truth: list[float] | None) -> str:
    rows = []
    for i, interval in enumerate(trace.intervals):
        median, minus, plus = interval.texts()
        behind = "" if truth is None else f"<td>{truth[i]:.4g}</td>"
        quantity = _text(str(of_parameter(interval.parameter)))
        rows.append(f"<tr><td>{quantity}</td><td>{median}</td><td>-{minus}</td><td>+{plus}</td>{behind}</tr>")
    last = "" if truth is None else "<th>behind the spectrum</th>"
    head = f"<tr><th>parameter</th><th>median</th><th colspan='2'>68% interval</th>{last}</tr>"
    body = "".join(rows).replace(">-", ">−")
    return f"<div class='scroll'><table>{head}{body}</table></div>"


def _text(words: str) -> str:
    return markup(escape(words))
