"""Distances, scores and summaries of weighted samples: pure functions on tensors, on CPU and CUDA alike."""

from harness.metrics.coverage import interval_coverage
from harness.metrics.crps import crps
from harness.metrics.ks import ks_distance
from harness.metrics.posterior_score import ARIEL_BOUNDS, official_posterior_score, posterior_score
from harness.metrics.quantiles import weighted_median, weighted_quantile
from harness.metrics.resampling import systematic_resample
from harness.metrics.spectral_score import official_spectral_score, spectral_score
from harness.metrics.weights import weighted_mean

__all__ = [
    "ARIEL_BOUNDS",
    "crps",
    "interval_coverage",
    "ks_distance",
    "official_posterior_score",
    "official_spectral_score",
    "posterior_score",
    "spectral_score",
    "systematic_resample",
    "weighted_mean",
    "weighted_median",
    "weighted_quantile",
]
