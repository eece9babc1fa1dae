"""Scores of a point estimate: the posterior's mean or median against the parameters."""

from __future__ import annotations

import torch

from harness.components import Challenge, Scorer
from harness.data.posterior import Posterior
from harness.data.score import Score
from harness.data.truth import Truth
from harness.metrics import weighted_mean, weighted_median
from harness.scorers.answers import Answers


class R2(Scorer):
    """The coefficient of determination of the posterior mean, averaged over parameters.

    R2 = 1 - A / B, with A the mean over planets of the squared error e^2 and B the variance of the
    truth y. The standard error is that of the linear form: a planet moves R2 by
    -e^2 / B + A (y - mean y)^2 / B^2. The column over planets is the score plus that influence, so
    that its mean is the score and its spread the error. A parameter that is the same for all planets
    has no R2: NaN.
    """

    source = "coefficient of determination; standard error by the delta method"
    needs = frozenset({"parameters"})

    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """The mean over parameters, with one part per parameter."""
        answers = Answers.of(prediction, truth, challenge.schema)
        residual = weighted_mean(prediction.samples, prediction.weights) - answers.parameters
        known = answers.parameters[answers.known]
        deviation = (answers.parameters - known.mean(dim=0)).square()
        squares = residual.square()
        unexplained = squares[answers.known].mean(dim=0)
        spread = deviation[answers.known].mean(dim=0)
        spread = torch.where(spread > 0, spread, torch.nan)
        r2 = 1.0 - unexplained / spread
        columns = answers.column(r2 - squares / spread + unexplained / spread.square() * deviation)
        return Score.from_planets(columns.mean(dim=-1), answers.parts(columns))


class RMSE(Scorer):
    """The root mean square error of the posterior median, in units of the prior's width.

    The score is the mean over parameters; the parts are in each parameter's unit. A planet with the
    error e moves an RMSE of R by (e^2 - R^2) / 2R. The column over planets is the score plus that
    influence, so that its mean is the score and its spread the error.
    """

    source = "root mean square error; standard error by the delta method"
    higher_is_better = False
    needs = frozenset({"parameters"})

    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """The mean over parameters of RMSE / prior width, with one part per parameter in its unit."""
        answers = Answers.of(prediction, truth, challenge.schema)
        median = weighted_median(prediction.samples, prediction.weights)
        squares = (median - answers.parameters).square()
        mean_square = squares[answers.known].mean(dim=0)
        rmse = mean_square.sqrt()
        smallest = torch.finfo(torch.float64).tiny  # where every error is zero, so is the influence
        columns = answers.column(rmse + (squares - mean_square) / (2.0 * rmse).clamp(min=smallest))
        return Score.from_planets((columns / answers.width.cpu()).mean(dim=-1), answers.parts(columns))
