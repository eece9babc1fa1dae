"""Whether a spectrum asks for a gas, clouds or a temperature profile: the evidence without each of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from scipy.optimize import brentq
from scipy.stats import norm

from harness.errors import HarnessError
from harness.real_spectra.settings import RetrievalSettings


@dataclass(frozen=True)
class Comparison:
    """A model that lacks something beside the one that has it.

    Arguments:
        without: what it lacks.
        log_evidence: its natural log-evidence.
        log_bayes_factor: that of the whole model less that.
        error: of the difference.
        chi_square: of its most likely row.
    """

    without: str
    log_evidence: float
    log_bayes_factor: float
    error: float
    chi_square: float

    @property
    def significance(self) -> str:
        """The Bayes factor as a detection significance in words."""
        sigma = detection_significance(self.log_bayes_factor)
        return "not asked for" if sigma is None else f"{sigma:.1f} sigma"

    def document(self) -> dict[str, Any]:
        """For JSON."""
        sigma = detection_significance(self.log_bayes_factor)
        return {**vars(self), "detection_sigma": sigma}


def detection_significance(log_bayes_factor: float) -> float | None:
    r"""The two-sided Gaussian significance at which a Bayes factor speaks at most for the larger model.

    .. math:: B \leq -\frac{1}{e\, p \ln p}, \quad p < 1/e; \qquad p = 2 \Phi(-n_\sigma)

    None for a Bayes factor of 1 and below, which detects nothing. It is an upper bound, usual in the field.

    References:
        Sellke, Bayarri & Berger 2001, The American Statistician 55, 62; Trotta 2008, Contemporary Physics
        49, 71, equation 27; Benneke & Seager 2013, ApJ 778, 153.
    """
    if log_bayes_factor <= 0:
        return None

    # with L = -ln p: L - ln L = ln B + 1
    length = brentq(lambda one: one - math.log(one) - log_bayes_factor - 1, 1.0, 2 * log_bayes_factor + 4)
    tail = brentq(lambda one: math.log(2) + norm.logsf(one) + length, 0.0, math.sqrt(2 * length) + 1)
    return float(tail)


def smaller_models(settings: RetrievalSettings) -> list[tuple[str, RetrievalSettings]]:
    """What each smaller model lacks, and its settings: a gas, the clouds, the temperature profile, the spots.

    Raises:
        HarnessError: there is nothing that can be left out.
    """
    models = []
    if len(settings.gases) > 1:
        for gas in settings.gases:
            rest = tuple(one for one in settings.gases if one != gas)
            models.append((gas, _with(settings, gases=rest, lost=(f"log_{gas}",))))
    if settings.clouds != "none":
        names = ("log_cloud_pressure", "log_haze", "haze_slope", "cloud_fraction")
        models.append(("clouds", _with(settings, clouds="none", lost=names)))
    if settings.temperature != "isothermal":
        lost = ("irradiation_temp", "log_kappa_ir", "log_gamma", *(f"temp_{at}" for at in range(1, 10)))
        models.append(
            ("temperature profile (isothermal instead)", _with(settings, temperature="isothermal", lost=lost))
        )
    if settings.star != "none":
        names = ("spot_fraction", "spot_temperature", "faculae_fraction", "faculae_temperature")
        models.append(("spots", _with(settings, star="none", lost=names)))
    if not models:
        raise HarnessError("--compare leaves out a gas, clouds or a profile, and there is one gas alone.")
    return models


def _with(settings: RetrievalSettings, lost: tuple[str, ...], **changes: Any) -> RetrievalSettings:
    priors = {name: bounds for name, bounds in settings.priors.items() if name not in lost}
    return settings.model_copy(update={"priors": priors, **changes})
