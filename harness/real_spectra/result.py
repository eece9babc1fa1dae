"""What a retrieval found: the posterior, its evidence, what it predicts, and how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.data.arrays import Array
from harness.data.intervals import LEVELS, Interval
from harness.metrics.quantiles import weighted_quantile
from harness.physics.planet_settings import GAS_BOUNDS
from harness.real_spectra.goodness import Goodness, goodness
from harness.real_spectra.learning import Climbing, Learning
from harness.real_spectra.retrieval import Found, Problem
from harness.real_spectra.settings import RetrievalSettings
from harness.retrieval.nested_trace import NestedTrace

DRAWS = 500  # equally weighted rows whose spectra are computed
BAND = (0.022750, 0.158655, 0.5, 0.841345, 0.977250)


def evidence_error(trace: NestedTrace, settings: RetrievalSettings) -> float:
    """Of a log-evidence, 1 sigma: by the effective size, and of nested sampling by the live points too.

    What the bounds of importance nested sampling cut off, its weights do not know. Its runs scatter, and lie
    low, by about the error of plain nested sampling, the root of information over live points (Skilling
    2006, Bayesian Anal. 1, 833), which importance weights would otherwise remove (Lange 2023).
    """
    of_bounds = 0.0 if settings.density is not None else max(trace.information, 0.0) / settings.live_points
    return math.sqrt(1 / trace.effective_size + of_bounds)


@dataclass(frozen=True)
class Band:
    """Median, 68% and 95% intervals of a curve: 2.3, 15.9, 50, 84.1 and 97.7% (5, N)."""

    quantiles: Array

    @classmethod
    def of(cls, curves: Tensor) -> Band:
        """Of equally weighted curves (D, N)."""
        return cls(weighted_quantile(curves, BAND).numpy())


@dataclass(frozen=True)
class RetrievalResult:
    """A posterior and what it says.

    Arguments:
        problem: what was asked.
        trace: weighted rows.
        intervals: of the parameters.
        draws: equally weighted rows (D, P).
        spectra: of the draws, as the instruments would see them, without noise (D, C).
        depths: their median, 68% and 95% intervals.
        temperature: of the layers.
        alone: the spectrum of the most likely row with one gas alone (C,), by gas.
        bare: the same with none.
        goodness: of the fit.
        seconds: that sampling took.
        learning: of the density, where one was learned, or the ascent of a flow.
    """

    problem: Problem
    trace: NestedTrace
    intervals: tuple[Interval, ...]
    draws: Array
    spectra: Array
    depths: Band
    temperature: Band
    alone: dict[str, Array]
    bare: Array
    goodness: Goodness
    seconds: float
    learning: Learning | Climbing | None = None

    @property
    def evidence_error(self) -> float:
        """Of the log-evidence, 1 sigma."""
        return evidence_error(self.trace, self.problem.settings)

    @property
    def best(self) -> Array:
        """The most likely row (P,)."""
        row: Array = self.trace.values[int(np.argmax(self.trace.log_likelihood))]
        return row


def judged(problem: Problem, found: Found, seconds: float) -> RetrievalResult:
    """What follows from a posterior.

    Arguments:
        problem: what was asked.
        found: its posterior.
        seconds: that sampling took.
    """
    trace = found.trace
    values, weights = torch.from_numpy(trace.values), torch.from_numpy(trace.weights)
    quantiles = weighted_quantile(values, LEVELS, weights)
    intervals = [
        Interval(parameter, *(float(one) for one in quantiles[:, at]))
        for at, parameter in enumerate(problem.parameters)
    ]
    rows = equal_rows(trace.weights, DRAWS, np.random.default_rng([problem.settings.seed, 2]))
    draws = values[torch.from_numpy(rows)]
    likelihood = problem.likelihood
    best = values[int(np.argmax(trace.log_likelihood))]
    own = len(likelihood.atmosphere.parameter_names)
    with torch.no_grad():
        spectra = likelihood.depths(draws)
        temperature = likelihood.atmosphere.temperature(draws[:, :own])
        alone, bare = _contributions(problem, best)
    return RetrievalResult(
        problem,
        trace,
        tuple(intervals),
        draws.numpy(),
        spectra.numpy(),
        Band.of(spectra),
        Band.of(temperature),
        alone,
        bare,
        goodness(problem.spectrum, likelihood, best, draws, spectra),
        seconds,
        found.learning,
    )


def equal_rows(weights: Array, count: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Rows of a weighted trace that stand for it with equal weights, by systematic resampling (count,)."""
    steps = (generator.uniform() + np.arange(count)) / count
    ends = np.cumsum(weights)
    rows: NDArray[np.intp] = np.searchsorted(ends / ends[-1], steps).clip(max=len(weights) - 1)
    return rows


def _contributions(problem: Problem, best: Tensor) -> tuple[dict[str, Array], Array]:
    """Spectra of a row (P,) with one gas alone, by gas, and with none of them."""
    gases = problem.settings.gases
    columns = [problem.names.index(f"log_{gas}") for gas in gases]
    rows = best.repeat(len(gases) + 1, 1)
    rows[:, columns] = GAS_BOUNDS[0]
    for row, column in enumerate(columns):
        rows[row, column] = best[column]
    spectra = problem.likelihood.depths(rows).numpy()
    return dict(zip(gases, spectra, strict=False)), spectra[-1]
