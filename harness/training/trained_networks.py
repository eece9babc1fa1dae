"""Networks that are trained, and what they see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from harness.training.featurizer import Featurizer
from harness.training.network import PosteriorNetwork
from harness.training.space import ParameterSpace


@dataclass(frozen=True)
class TrainedNetworks:
    """What a sampler draws from.

    Attributes:
        networks: frozen, each by the name that its weights are saved under.
        featurizer: from observations to what they see.
    """

    networks: Mapping[str, nn.Module]
    featurizer: Featurizer

    @property
    def members(self) -> list[PosteriorNetwork]:
        """Those that give a density of the parameters, in the order that they were trained in."""
        return [network for network in self.networks.values() if isinstance(network, PosteriorNetwork)]

    @property
    def space(self) -> ParameterSpace:
        """The space that their parameters live in."""
        return self.featurizer.space
