"""What a trained estimator is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.components import Preprocessor
from harness.data.schema import Schema
from harness.training.learner import Learner
from harness.training.sampler import PooledSampler, Sampler
from harness.training.sources import SourceFinder
from harness.training.space import ParameterSpace


@dataclass(frozen=True)
class Recipe:
    """The parts of a trained estimator; `harness.training.trained_estimator` calls them in this order.

    Attributes:
        sources: finds what is learned from and what is held out; called by `fit` first of all.
        learner: makes the networks and trains them, for which an `Ensemble` has a density and an objective.
        sampler: draws posterior samples from the trained networks.
        space: makes the space that parameters are standardised in.
    """

    sources: SourceFinder
    learner: Learner
    sampler: Sampler = field(default_factory=PooledSampler)
    space: Callable[[Preprocessor, Schema], ParameterSpace] = ParameterSpace
