"""What was found of a run, as a report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.data.arrays import Array
from harness.explain.explanation import Explanation
from harness.explain.findings import findings
from harness.explain.importance import Part
from harness.explain.view_planets import drifted, failing
from harness.explain.view_spoilt import borne
from harness.figures.views import Bars, Curves, Grid, Line, Panel, Section, View, Words
from harness.figures.wording import formula, of_parameter


def explanation_view(found: Explanation) -> View:
    """The report of an explanation."""
    record = found.fitted.record
    notes = [found.bands] if isinstance(found.bands, str) else []
    if found.fitted.schema.noise_included:
        notes.append("Spectra carry their noise already, so that they were not seen with less of it.")
    sections = (
        _importance(found),
        _response(found),
        *_masked(found),
        *borne(found),
        drifted(found),
        failing(found),
    )
    return View(
        title=f"What {record.estimator.name} does with the spectra of {found.challenge.spec}",
        facts=f"Run {record.run_id}, asked again and again about {len(found.planets)} test planets with the "
        f"same random numbers. Scores are {found.measure}; higher is better. Losses of score are means over "
        "planets with their standard errors.",
        findings=tuple(findings(found)),
        notes=tuple(notes),
        sections=sections,
    )


def _names(found: Explanation) -> tuple[str, ...]:
    return tuple(of_parameter(parameter).name for parameter in found.fitted.schema.parameters)


def _order(found: Explanation) -> tuple[NDArray[np.int64], Array]:
    """Positions of the channels by wavelength, and their wavelengths [um]."""
    wavelength = np.asarray(found.fitted.schema.wavelength)
    order = np.argsort(wavelength)
    return order, wavelength[order]


def _shaded(found: Explanation) -> tuple[tuple[float, float, int, str], ...]:
    """The ends of each channel that belongs to a molecule, with its number and name."""
    if isinstance(found.bands, str):
        return ()
    order, wavelength = _order(found)
    middles = np.sqrt(wavelength[1:] * wavelength[:-1])
    ends = np.concatenate([wavelength[:1], middles, wavelength[-1:]])
    shaded = []
    for number, (name, mask) in enumerate(found.bands.channels.items()):
        for i, channel in enumerate(order.tolist()):
            if bool(mask[channel]):
                shaded.append((float(ends[i]), float(ends[i + 1]), number, formula(name)))
    return tuple(shaded)


def _bars(title: str, parts: tuple[Part, ...]) -> Bars:
    return Bars(
        title,
        "loss of score",
        tuple(part.name for part in parts),
        np.array([part.loss.value for part in parts]),
        np.array([part.loss.error for part in parts]),
    )


def _importance(found: Explanation) -> Section:
    order, wavelength = _order(found)
    channels = found.importance.channels
    loss = np.array([channels[i].loss.value for i in order])
    error = np.array([channels[i].loss.error for i in order])
    line = Line("one channel", wavelength, loss, loss - error, loss + error)
    panels: list[Panel] = [
        Curves(
            "Loss of score by one channel",
            "wavelength [µm]",
            "loss of score",
            (line,),
            wavelengths=True,
            level=0.0,
            shaded=_shaded(found),
        )
    ]
    if found.importance.bands:
        panels.append(_bars("By all channels of a molecule", found.importance.bands))
    panels.append(_bars("By what else it sees", (*found.importance.facts, found.importance.everything)))
    bands = "" if isinstance(found.bands, str) else f" A channel belongs to a molecule by {found.bands.how}."
    return Section(
        "What it looks at",
        "What is lost when a part of the observation is another planet's. Of channels their contrast is "
        "exchanged, which is depth less the planet's mean and over its spread, so that the planet keeps its "
        f"size. What several channels tell alike costs little to lose in one of them.{bands}",
        tuple(panels),
        columns=len(panels),
    )


def _response(found: Explanation) -> Section:
    order, wavelength = _order(found)
    return Section(
        "How the posterior answers to each channel",
        "By how many of its spreads the mean of the posterior moves, on average over planets, when a "
        f"channel is one standard deviation of its noise deeper: {found.response.how}.",
        (
            Grid(
                "Shift of the mean",
                _names(found),
                tuple(f"{at:.3g}" for at in wavelength),
                found.response.mean.numpy()[:, order],
                signed=True,
            ),
        ),
    )


def _masked(found: Explanation) -> Iterator[Section]:
    if not found.masked:
        return
    rows = []
    for one in found.masked:
        moved = [
            f"{shift:.1f} / ×{wide:.2g}"
            for shift, wide in zip(one.shift.tolist(), one.widening.tolist(), strict=True)
        ]
        rows.append((formula(one.name), str(one.channels), str(one.loss), *moved))
    yield Section(
        "What if a molecule's band had not been seen?",
        "All channels of a band are replaced by what they usually are in training planets, given mean and "
        "spread of the planet's other channels. For each parameter: by how many of its spreads the "
        "posterior's mean moves (root mean square), and by what factor the posterior is as wide as before "
        "(median). A method that knows what it cannot see becomes wider.",
        (Words("", ("masked", "channels", "loss of score", *_names(found)), tuple(rows)),),
    )
