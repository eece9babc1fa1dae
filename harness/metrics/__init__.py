"""Distances, scores and summaries of weighted samples: pure functions on tensors, on CPU and CUDA alike."""

from harness.metrics.coverage import interval_coverage
from harness.metrics.crps import crps
from harness.metrics.ddks import ddks
from harness.metrics.detection import detection, placements
from harness.metrics.energy import energy_distance
from harness.metrics.kernels import RBF, Kernel, Polynomial
from harness.metrics.ks import ks_distance
from harness.metrics.mmd import mmd
from harness.metrics.mutual_information import MutualInformation, mutual_information
from harness.metrics.permutation import PermutationTest, permutation_test
from harness.metrics.posterior_score import ARIEL_BOUNDS, official_posterior_score, posterior_score
from harness.metrics.quantiles import weighted_median, weighted_quantile
from harness.metrics.resampling import rows_at, systematic_resample, systematic_rows
from harness.metrics.soft_ddks import soft_ddks
from harness.metrics.spectral_score import official_spectral_score, spectral_score
from harness.metrics.tarp import tarp
from harness.metrics.thinning import thinned_rows
from harness.metrics.truth_rank import truth_rank
from harness.metrics.uniformity import UniformBand, binomial_band, share_below
from harness.metrics.wasserstein import sliced_wasserstein
from harness.metrics.weights import weighted_mean

__all__ = [
    "ARIEL_BOUNDS",
    "RBF",
    "Kernel",
    "MutualInformation",
    "PermutationTest",
    "Polynomial",
    "UniformBand",
    "binomial_band",
    "crps",
    "ddks",
    "detection",
    "energy_distance",
    "interval_coverage",
    "ks_distance",
    "mmd",
    "mutual_information",
    "official_posterior_score",
    "official_spectral_score",
    "permutation_test",
    "placements",
    "posterior_score",
    "rows_at",
    "share_below",
    "sliced_wasserstein",
    "soft_ddks",
    "spectral_score",
    "systematic_resample",
    "systematic_rows",
    "tarp",
    "thinned_rows",
    "truth_rank",
    "weighted_mean",
    "weighted_median",
    "weighted_quantile",
]
