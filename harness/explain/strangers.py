"""Explanation by example: strange planets beside the training planets that are nearest to them."""

from __future__ import annotations

import numpy as np

from harness.explain.contrast import Contrast
from harness.explain.explanation import Explanation
from harness.figures.views import Curves, Line

SHOWN = 4


def strangers(found: Explanation) -> list[Curves]:
    """The contrasts of the farthest test planets and of their nearest training planets."""
    test, train = found.challenge.test.observations, found.challenge.train.observations
    wavelength = np.asarray(found.fitted.schema.wavelength)
    order = np.argsort(wavelength)
    panels = []
    for row in found.drift.strangest(SHOWN, each=1):
        own = Contrast.of(test.spectrum[row : row + 1])
        error = (test.noise[row : row + 1].double() / own.spread)[0].numpy()[order]
        values = own.values[0].numpy()[order]
        lines = [Line(test.title(row), wavelength[order], values, values - error, values + error)]
        for near in found.drift.nearest[row].tolist():
            beside = Contrast.of(train.spectrum[near : near + 1]).values[0].numpy()[order]
            lines.append(Line(train.title(near), wavelength[order], beside))
        title = f"{test.title(row)} ({found.drift.kinds[row]}): p {float(found.drift.p_value[row]):.3f}"
        panels.append(Curves(title, "wavelength [µm]", "contrast", tuple(lines), wavelengths=True))
    return panels
