"""What methods that train networks share: sources, objectives, densities, samplers, the training itself.

The names in `__all__` are what such a method is written with; docs/training.md says how.
"""

from harness.training.density import ConditionalDensity
from harness.training.ensemble import Ensemble
from harness.training.learner import Learner
from harness.training.objective import Loss, MaximumLikelihood, Objective
from harness.training.options import TrainingOptions
from harness.training.pairs import Batch, Pairs
from harness.training.recipe import Recipe
from harness.training.sampler import PooledSampler, Sampler
from harness.training.sources import ChallengeSources, SourceFinder, Sources
from harness.training.trained_estimator import TrainedEstimator
from harness.training.trained_networks import TrainedNetworks
from harness.training.training_data import TrainingData

__all__ = [
    "Batch",
    "ChallengeSources",
    "ConditionalDensity",
    "Ensemble",
    "Learner",
    "Loss",
    "MaximumLikelihood",
    "Objective",
    "Pairs",
    "PooledSampler",
    "Recipe",
    "Sampler",
    "SourceFinder",
    "Sources",
    "TrainedEstimator",
    "TrainedNetworks",
    "TrainingData",
    "TrainingOptions",
]
