"""No embedding: features are the context."""

from __future__ import annotations

from torch import nn

from harness.components import Embedder


class Identity(nn.Identity):
    """The features themselves."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.n_context = n_features


class NoEmbedder(Embedder):
    """The features themselves."""

    def architecture(self, n_features: int) -> Identity:
        return Identity(n_features)
