"""What a method bears: the sections of its report on spoilt spectra."""

from __future__ import annotations

import numpy as np

from harness.explain.explanation import Explanation
from harness.explain.robustness import Trial
from harness.figures.views import Curves, Line, Panel, Section, Words


def borne(found: Explanation) -> tuple[Section, ...]:
    """Score and coverage against the strength of every disturbance, drawn and in numbers."""
    return _robustness(found), _numbers(found)


def _robustness(found: Explanation) -> Section:
    panels: list[Panel] = []
    noise, others = found.trials[:2], found.trials[2:]
    clean = float(found.answer.score.mean())
    panels.append(_scores("Noise", noise[0].unit, noise, clean, _unspoilt(found)))
    panels += [
        _scores(trial.name.capitalize(), trial.unit, (trial,), clean, _unspoilt(found)) for trial in others
    ]
    if found.answer.inside is not None:
        panels.append(_coverage(noise))
    more = (
        ""
        if found.fitted.schema.noise_included
        else " Without noise 68% intervals are to hold the truth more often than that."
    )
    carry = " beside that which they carry" if found.fitted.schema.noise_included else ""
    return Section(
        "What it bears",
        f"The same planets with spoilt spectra: a draw of noise{carry}, with the method told of as much or "
        "left to think that it is the usual; one channel of each planet off by so many standard deviations; "
        "all depths times a gain; a slope over the wavelengths. Reference posteriors are those of the "
        f"spectra {_unspoilt(found)}, so that even a perfect method loses with noise: coverage against the "
        f"truth says whether it knows.{more}",
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
        _unspoilt(found),
        "",
        f"{float(found.answer.score.mean()):z.0f}",
        "0",
        "-" if error is None else f"{float(error.mean()):.3f}",
        "-" if inside is None else f"{float(inside.mean()):.0%}",
    )
    head = ("spectra", "strength", "score", "loss", "error of the mean [prior width]", "coverage of 68%")
    return Section("The same in numbers", "", (Words("", head, (before, *rows)),))


def _unspoilt(found: Explanation) -> str:
    """What spectra are before anything is done to them, for a reader."""
    return "as they are" if found.fitted.schema.noise_included else "without noise"


def _scores(title: str, unit: str, trials: tuple[Trial, ...], clean: float, unspoilt: str) -> Curves:
    lines = []
    for trial in trials:
        x = np.array([point.strength for point in trial.points])
        y = np.array([point.score.value for point in trial.points])
        error = np.array([point.score.error for point in trial.points])
        label = trial.name if len(trials) > 1 else ""
        lines.append(Line(label, x, y, y - error, y + error))
    return Curves(f"{title} (line: {unspoilt})", unit, "score", tuple(lines), level=clean, logarithmic=True)


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
