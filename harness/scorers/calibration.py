"""Scores of whole marginals against the parameters: are they sharp, and do they promise too much?"""

from __future__ import annotations

import torch

from harness.components import Challenge, Scorer
from harness.data.posterior import Posterior
from harness.data.score import Score
from harness.data.truth import Truth
from harness.metrics import crps, interval_coverage
from harness.scorers.answers import Answers

LEVELS = (0.68, 0.95)


class CRPS(Scorer):
    """The continuous ranked probability score of the marginals, in units of the prior's width.

    The score is the mean over parameters; the parts are in each parameter's unit. It rewards a
    marginal that is narrow and right, and for a point estimate is the absolute error.
    """

    source = "Gneiting & Raftery 2007, Journal of the American Statistical Association 102, 359"
    higher_is_better = False
    needs = frozenset({"parameters"})

    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """The mean over parameters of CRPS / prior width, with one part per parameter in its unit."""
        answers = Answers.of(prediction, truth, challenge.schema)
        columns = answers.column(crps(prediction.samples, answers.parameters, prediction.weights))
        return Score.from_planets((columns / answers.width.cpu()).mean(dim=-1), answers.parts(columns))


class Coverage(Scorer):
    """How far the coverage of the central 68% and 95% intervals is from what they promise.

    The score is the absolute deviation from 0.68 and 0.95, averaged over the two and over
    parameters: 0 is calibrated. The parts are the coverages themselves, of each parameter and
    averaged over them. The standard error of the score is that of its linear form, which holds where
    the deviations are larger than their own errors; of a calibrated method the score is no smaller
    than the deviations that chance makes.
    """

    source = "frequentist coverage of the central credible intervals of each marginal"
    higher_is_better = False
    unranked = ("coverage_",)
    needs = frozenset({"parameters"})

    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """The mean absolute deviation, with the parts "coverage_68", "coverage_68/PARAMETER" and so on."""
        answers = Answers.of(prediction, truth, challenge.schema)
        inside = interval_coverage(prediction.samples, answers.parameters, LEVELS, prediction.weights)
        columns = answers.column(inside)
        parts = {}
        for level, column in zip(LEVELS, columns.unbind(dim=1), strict=True):
            name = f"coverage_{100 * level:.0f}"
            parts[name] = column.mean(dim=-1)
            parts |= answers.parts(column, f"{name}/")
        coverage = columns.nanmean(dim=0)
        deviation = coverage - torch.tensor(LEVELS, dtype=torch.float64)[:, None]
        # the mean of the second term over planets is zero: it carries the error
        linear = deviation.abs() + deviation.sign() * (columns - coverage)
        return Score.from_planets(linear.mean(dim=(1, 2)), parts)
