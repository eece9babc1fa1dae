"""ExoGAN's own measure: how far its answers are off, counted from the edge of their error bars."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.components import Challenge, Scorer
from harness.data.posterior import Posterior
from harness.data.score import Score
from harness.data.truth import Truth
from harness.metrics import weighted_quantile
from harness.scorers.answers import Answers

SIGMAS = (0, 1, 2)
QUANTILES = (0.16, 0.5, 0.84)

# Zingales & Waldmann 2018: A at 0, 1 and 2 sigma in per cent, on spectra of the training and of the test set.
PUBLISHED = {
    "training": {
        "CO": (64.4, 74.9, 80.8),
        "CO2": (93.7, 96.4, 97.3),
        "H2O": (86.3, 92.9, 94.8),
        "CH4": (80.3, 88.4, 91.9),
        "R_p": (99.8, 99.8, 99.8),
        "M_p": (88.8, 90.5, 91.6),
        "T_p": (89.4, 91.9, 93.1),
    },
    "test": {
        "CO": (62.8, 72.6, 78.2),
        "CO2": (94.2, 96.6, 97.4),
        "H2O": (89.6, 92.8, 93.9),
        "CH4": (80.3, 88.2, 91.6),
        "R_p": (100.0, 100.0, 100.0),
        "M_p": (88.0, 89.7, 90.8),
        "T_p": (90.4, 92.2, 93.2),
    },
}


def accuracy(quantiles: Tensor, truth: Tensor, sigmas: float) -> Tensor:
    r"""The accuracy of answers that may be off by so many error bars, 0 to 1, elementwise.

    .. math:: A(k\sigma) = \max\left(0, 1 - \frac{\max(0, |m - t| - k \sigma)}{|t|}\right)

    with m the median, t the truth and sigma the distance from the median to the 16% or 84% quantile, on the
    side where the truth lies: the relative deviation that is left beyond k error bars, taken from one.

    Arguments:
        quantiles: at 16, 50 and 84% (3, ...).
        truth: (...), in the same unit, not zero.
        sigmas: k.
    """
    lower, median, upper = quantiles
    sigma = torch.where(truth < median, median - lower, upper - median)
    beyond = ((median - truth).abs() - sigmas * sigma).clamp(min=0)
    relative: Tensor = beyond / truth.abs().clamp(min=torch.finfo(truth.dtype).tiny)
    return (1 - relative).clamp(min=0)


class ExoGANAccuracy(Scorer):
    """100 A at 0 sigma, averaged over parameters; the parts have 0, 1 and 2 sigma and each parameter.

    The measure of Zingales & Waldmann 2018, whose figures are in `PUBLISHED`, as those figures allow it to be
    understood (see the README). It is relative: abundances count by their logarithm, so that -4 for -5 is off
    by a fifth. At 1 and 2 sigma wide answers do better than narrow ones; the score itself is that at 0 sigma.
    """

    source = "Zingales & Waldmann 2018, The Astronomical Journal 156, 268; https://arxiv.org/abs/1806.02906"
    higher_is_better = True
    needs = frozenset({"parameters"})

    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """The mean over parameters in per cent, with the parts "0_sigma", "0_sigma/PARAMETER" and so on."""
        answers = Answers.of(prediction, truth, challenge.schema)
        samples = prediction.samples.double()
        quantiles = weighted_quantile(samples, QUANTILES, prediction.weights).movedim(1, 0)
        parts: dict[str, Tensor] = {}
        for sigmas in SIGMAS:
            column = answers.column(100 * accuracy(quantiles, answers.parameters, sigmas))
            parts[f"{sigmas}_sigma"] = column.mean(dim=-1)
            parts |= answers.parts(column, f"{sigmas}_sigma/")
        return Score.from_planets(parts["0_sigma"], parts)
