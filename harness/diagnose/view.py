"""What was found of a run's posteriors, as a report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from harness.data.arrays import Array
from harness.diagnose.calibration import INTERVALS, LEVELS
from harness.diagnose.diagnosis import Diagnosis, Distances
from harness.diagnose.findings import findings
from harness.diagnose.predictive import Predictive
from harness.figures.views import Curves, Line, Section, View
from harness.figures.wording import of_parameter
from harness.metrics import binomial_band, share_below

ACROSS = 4  # panels beside each other
SHOWN = 6  # planets whose spectra are drawn
FEWEST_BINS, MOST_BINS, IN_BIN = 5, 20, 10  # of a histogram, and planets in each


def diagnosis_view(found: Diagnosis) -> View:
    """The report of a diagnosis."""
    record = found.record
    notes = [why for why in (found.distances, found.spectra) if isinstance(why, str)]
    if found.record.challenge.doubt is not None and isinstance(found.spectra, Predictive):
        notes.append(f"Of the spectra: {found.record.challenge.doubt.partition(':')[0]}.")
    sections = [_ranks(found), _distributions(found), _coverage(found)]
    if isinstance(found.distances, Distances):
        sections.append(_distances(found.distances))
    if isinstance(found.spectra, Predictive):
        sections += _spectra(found, found.spectra)
    return View(
        title=f"Whether the posteriors of {record.estimator.name} on {found.challenge.spec} hold",
        facts=f"Run {record.run_id}, from its kept predictions of {len(found.planets)} test planets whose "
        f"parameters are known. Bands hold 95% of what chance does to posteriors that hold.",
        findings=tuple(findings(found)),
        notes=tuple(notes),
        sections=tuple(sections),
    )


def _names(found: Diagnosis) -> list[str]:
    return [of_parameter(parameter).name for parameter in found.challenge.schema.parameters]


def _array(values: Tensor) -> Array:
    return values.detach().double().cpu().numpy()


def _ranks(found: Diagnosis) -> Section:
    n = len(found.planets)
    bins = max(FEWEST_BINS, min(MOST_BINS, n // IN_BIN))
    middle = (np.arange(bins) + 0.5) / bins
    low, high = binomial_band(n, 1 / bins)
    expected = Line("", middle, *(np.full(bins, value) for value in (n / bins, low, high)))
    panels = []
    for name, p_value, column in zip(
        _names(found), found.calibration.p_values.tolist(), found.calibration.ranks.T, strict=True
    ):
        counts = _array(torch.histc(column, bins, 0.0, 1.0))
        panels.append(
            Curves(
                f"{name}, p = {p_value:.2g}",
                "rank of the truth",
                "planets",
                (expected, Line("", middle, counts)),
            )
        )
    return Section(
        "Ranks of the truth (simulation-based calibration)",
        "Where the truth stands among the samples of each marginal, as a share: counts in bins, beside what "
        "is expected of each bin by itself. A hump says that posteriors are too wide, a bowl that they are "
        "too narrow, a slope that they are biased (Talts et al. 2018). p is of the test in the next section.",
        tuple(panels),
        columns=min(ACROSS, len(panels)),
    )


def _distributions(found: Diagnosis) -> Section:
    band = found.calibration.band
    levels = _array(LEVELS)
    nothing = Line("", levels, 0 * levels, _array(band.low) - levels, _array(band.high) - levels)
    shares = share_below(found.calibration.ranks.T.contiguous(), LEVELS)
    panels = tuple(
        Curves(
            name,
            "PIT",
            "share below, less PIT",
            (nothing, Line("", levels, _array(share) - levels)),
            level=0.0,
        )
        for name, share in zip(_names(found), shares, strict=True)
    )
    return Section(
        "Distribution of the ranks (probability integral transform)",
        "The distribution function of the same ranks, less that of uniform numbers. The band holds all "
        "levels at once: by chance one line of 20 leaves it anywhere (Säilynoja et al. 2022). Above zero on "
        "the left and below it on the right says too narrow; above zero throughout, that truths are smaller "
        "than told.",
        panels,
        columns=min(ACROSS, len(panels)),
    )


def _coverage(found: Diagnosis) -> Section:
    return Section(
        "Coverage",
        "Left, how many truths lie in the central intervals of each marginal; the band is of each level by "
        "itself. Right, how many lie in balls around random points that hold a given part of the joint "
        "posterior, in units of the prior's widths (TARP, Lemos et al. 2023); the band holds all levels at "
        "once. It sees wrong correlations, which marginals do not show. Below the band, posteriors are too "
        "narrow or off.",
        (_intervals(found), _balls(found)),
        columns=2,
    )


def _intervals(found: Diagnosis) -> Curves:
    levels, n = np.array(INTERVALS), len(found.planets)
    bands = [binomial_band(n, level) for level in INTERVALS]
    low, high = (np.array(ends) / n for ends in zip(*bands, strict=True))
    lines = (
        Line(name, levels, _array(column))
        for name, column in zip(_names(found), found.calibration.coverage.T, strict=True)
    )
    return Curves(
        "Central intervals",
        "probability of the interval",
        "share of truths in it",
        (Line("as promised", levels, levels, low, high), *lines),
    )


def _balls(found: Diagnosis) -> Curves:
    band, levels = found.calibration.band, _array(LEVELS)
    share = share_below(found.calibration.joint, LEVELS)
    return Curves(
        f"Joint posterior (TARP), p = {found.calibration.joint_p_value:.2g}",
        "probability of the ball",
        "share of truths in it",
        (
            Line("as promised", levels, levels, _array(band.low), _array(band.high)),
            Line("TARP", levels, _array(share)),
        ),
    )


def _distances(distances: Distances) -> Section:
    ordered = np.sort(_array(distances.predicted))
    share = (np.arange(len(ordered)) + 1) / len(ordered)
    floor = np.full(2, distances.floor.value)
    return Section(
        "Distance to the reference posteriors",
        f"The d-dimensional KS distance between {distances.points} draws from the prediction and as many "
        "from the reference posterior of each planet, correlations included. The floor is where another draw "
        "from the reference would be, in the mean: nothing is nearer.",
        (
            Curves(
                "Planets by their distance",
                "ddKS",
                "share of planets as near",
                (Line("prediction", ordered, share), Line("floor", floor, np.array([0.0, 1.0]))),
            ),
        ),
    )


def _spectra(found: Diagnosis, spectra: Predictive) -> Iterator[Section]:
    schema = found.challenge.schema
    wavelength = np.asarray(schema.wavelength)
    order = np.argsort(wavelength)
    at = wavelength[order]
    size = _array(spectra.residuals.square().mean(0).sqrt())[order]
    mean = _array(spectra.residuals.mean(0))[order]
    ideal = (
        ""
        if schema.noise_included
        else " Spectra of this challenge come without noise, so that it is below 1."
    )
    yield Section(
        "Residuals of the spectra",
        "Observed less the mean of the spectra that posterior samples make, in units of noise and their "
        f"spread together, over {len(spectra.residuals)} planets. The root mean square of posteriors that "
        f"explain the spectra is about 1.{ideal}",
        (
            Curves(
                "By channel",
                "wavelength [µm]",
                "residual",
                (Line("mean over planets", at, mean), Line("root mean square", at, size)),
                wavelengths=True,
                level=0.0,
            ),
        ),
    )
    panels = []
    for row in spectra.typical(SHOWN):
        quantiles = _array(spectra.quantiles[row])[:, order]
        one = spectra.split[[row]].observations
        depth, noise = _array(one.spectrum[0])[order], _array(one.noise[0])[order]
        panels.append(
            Curves(
                f"{one.title(0)}, {float(spectra.residuals[row].square().mean().sqrt()):.2f}",
                "wavelength [µm]",
                schema.spectrum_unit,
                (
                    Line("observed, with its noise", at, depth, depth - noise, depth + noise),
                    Line("posterior predictive, 95%", at, quantiles[2], quantiles[0], quantiles[4]),
                ),
                wavelengths=True,
            )
        )
    yield Section(
        "Posterior predictive spectra",
        f"From the planet that is explained best to the one explained worst, of {len(spectra.residuals)}, "
        "with the root mean square of the residuals beside the name. The band of the prediction is without "
        "noise.",
        tuple(panels),
        columns=min(3, len(panels)),
    )
