"""Residual network of all features together."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from harness.components import Component, Embedder
from harness.embedders.residual import ResidualNetwork


class ResidualMLP(ResidualNetwork):
    """Features (B, F) -> context (B, n_context)."""

    def __init__(self, n_features: int, n_context: int, width: int, depth: int, dropout: float) -> None:
        super().__init__(n_features, n_context, width, depth, dropout)
        self.n_context = n_context


class ResMLP(Embedder):
    """A residual network of all features together, trained with the estimator."""

    class Options(Component.Options):
        context: int = Field(64, ge=1, description="length of the context vector")
        width: int = Field(256, ge=1, description="features in each hidden layer")
        depth: int = Field(3, ge=0, description="residual blocks, of two layers each")
        dropout: float = Field(0.0, ge=0, lt=1, description="fraction of hidden features dropped in training")

    options: Options

    source: ClassVar[str] = (
        "He, Zhang, Ren & Sun 2016, Identity Mappings in Deep Residual Networks, arXiv:1603.05027"
    )
    trainable = True

    def architecture(self, n_features: int) -> ResidualMLP:
        options = self.options
        return ResidualMLP(n_features, options.context, options.width, options.depth, options.dropout)
