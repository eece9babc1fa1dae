"""The base classes that a plugin author subclasses.

Each component has a nested pydantic model `Options`: typed, with help, and with bounds.
Which options exist is what `harness plugins show NAME` prints and `--set` accepts.
"""

from harness.components.challenge import Challenge
from harness.components.component import Component
from harness.components.estimator import Estimator
from harness.components.features import Embedder, FeatureLayout, Preprocessor
from harness.components.forward_model import ForwardModel, FunctionForwardModel
from harness.components.scorer import Scorer

__all__ = [
    "Challenge",
    "Component",
    "Embedder",
    "Estimator",
    "FeatureLayout",
    "ForwardModel",
    "FunctionForwardModel",
    "Preprocessor",
    "Scorer",
]
