"""What was found of a run, as a report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.data.arrays import Array
from harness.explain.explanation import Explanation
from harness.explain.findings import findings
from harness.explain.importance import Part
from harness.explain.robustness import Trial
from harness.explain.strangers import strangers
from harness.figures.views import Bars, Cloud, Curves, Grid, Line, Panel, Section, View, Words
from harness.figures.wording import formula, of_parameter

WORST = 12  # groups that are drawn


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
        _robustness(found),
        _numbers(found),
        _drift(found),
        _groups(found),
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


def _order(found: Explanation) -> tuple[Array, Array]:
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


def _robustness(found: Explanation) -> Section:
    panels: list[Panel] = []
    noise, others = found.trials[:2], found.trials[2:]
    clean = float(found.answer.score.mean())
    panels.append(_scores("Noise", noise[0].unit, noise, clean))
    panels += [_scores(trial.name.capitalize(), trial.unit, (trial,), clean) for trial in others]
    if found.answer.inside is not None:
        panels.append(_coverage(noise))
    carry = " beside that which they carry" if found.fitted.schema.noise_included else ""
    return Section(
        "What it bears",
        f"The same planets with spoilt spectra: a draw of noise{carry}, with the method told of as much or "
        "left to think that it is the usual; one channel of each planet off by so many standard deviations; "
        "all depths times a gain; a slope over the wavelengths. Reference posteriors are those of the "
        "spectra as they are, so that even a perfect method loses with noise: coverage against the truth "
        "says whether it knows.",
        tuple(panels),
        columns=3,
    )


def _numbers(found: Explanation) -> Section:
    rows = [
        (
            trial.name,
            f"{point.strength:g} {trial.unit}",
            str(point.score),
            str(point.loss),
            "-" if point.error is None else f"{point.error:.3f}",
            "-" if point.coverage is None else f"{point.coverage:.0%}",
        )
        for trial in found.trials
        for point in trial.points
    ]
    error, inside = found.answer.error, found.answer.inside
    before = (
        "as they are",
        "",
        f"{float(found.answer.score.mean()):.0f}",
        "0",
        "-" if error is None else f"{float(error.mean()):.3f}",
        "-" if inside is None else f"{float(inside.mean()):.0%}",
    )
    head = ("spectra", "strength", "score", "loss", "error of the mean [prior width]", "coverage of 68%")
    return Section("The same in numbers", "", (Words("", head, (before, *rows)),))


def _scores(title: str, unit: str, trials: tuple[Trial, ...], clean: float) -> Curves:
    lines = []
    for trial in trials:
        x = np.array([point.strength for point in trial.points])
        y = np.array([point.score.value for point in trial.points])
        error = np.array([point.score.error for point in trial.points])
        label = trial.name if len(trials) > 1 else ""
        lines.append(Line(label, x, y, y - error, y + error))
    return Curves(f"{title} (line: as they are)", unit, "score", tuple(lines), level=clean, logarithmic=True)


def _coverage(trials: tuple[Trial, ...]) -> Curves:
    lines = tuple(
        Line(
            trial.name,
            np.array([point.strength for point in trial.points]),
            100 * np.array([np.nan if point.coverage is None else point.coverage for point in trial.points]),
        )
        for trial in trials
    )
    return Curves(
        "Noise: coverage of 68% intervals", trials[0].unit, "[%]", lines, level=68.0, logarithmic=True
    )


def _drift(found: Explanation) -> Section:
    drifted = found.drift
    train, test = (plane.numpy() for plane in drifted.plane)
    colours = np.concatenate([np.zeros(train.shape[1]), np.full(test.shape[1], 2.0)])
    rows = tuple(
        (
            group.name,
            str(group.planets),
            f"{group.discrepancy:.4f}".replace("-", "−"),
            f"{group.p_value:.3f}",
            f"{group.far:.0%}",
        )
        for group in drifted.groups
    )
    named = tuple(
        (found.challenge.test.observations.title(row), float(test[0, row]), float(test[1, row]))
        for row in drifted.strangest(4, each=1)
    )
    words = Words("", ("planets", "number", "squared MMD", "p-value", "farther than 95% of held out"), rows)
    cloud = Cloud(
        "Training (blue dots) and test planets (red triangles)",
        "direction 1",
        "direction 2",
        np.concatenate([train, test], axis=1),
        colours,
        grouped=True,
        named=named,
    )
    return Section(
        "Are the test planets as those that it learned from?",
        f"Planets in {drifted.what}. A group whose p-value is small (a permutation test of the maximum mean "
        "discrepancy) differs from the training planets; the planets named are the farthest from them. "
        "Below, these with the training planets nearest to them, which the method will take them for: "
        "explanation by example. Spectra are shown as contrasts, less their mean and over their spread.",
        (cloud, words, *strangers(found)),
        columns=2,
    )


def _groups(found: Explanation) -> Section:
    worst = found.groups[:WORST]
    panels: tuple[Panel, ...] = (Words("", ("There are too few planets to divide.",), ()),)
    if worst:
        rows = tuple(
            (
                group.name,
                str(group.planets),
                f"{group.score:.0f} ± {group.error:.0f}",
                f"{group.difference:+.1f}".replace("-", "−"),
            )
            for group in worst
        )
        panels = (
            Bars(
                "Mean score",
                "score",
                tuple(group.name for group in worst),
                np.array([group.score for group in worst]),
                np.array([group.error for group in worst]),
            ),
            Words("", ("planets", "number", "score", "against the others [standard errors]"), rows),
        )
    return Section(
        "Which planets it fails on",
        f"The worst of {len(found.groups)} groups of the {len(found.scored)} test planets: quarters by each "
        "parameter, auxiliary column, mean depth, noise and size of features, and kinds of planets against "
        "the matched ones. With so many, two standard errors are nothing; more than three are.",
        panels,
        columns=2,
    )
