"""Principal components of the training features."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from harness.components import Component, Embedder


class Projection(nn.Module):
    """(features - mean) @ components, with both as buffers."""

    mean: Tensor
    components: Tensor

    def __init__(self, n_features: int, n_context: int) -> None:
        super().__init__()
        self.n_context = n_context
        self.register_buffer("mean", torch.zeros(n_features))
        self.register_buffer("components", torch.zeros(n_features, n_context))

    def forward(self, features: Tensor) -> Tensor:
        return (features - self.mean) @ self.components


class PCA(Embedder):
    """The leading principal components of the training features, frozen.

    Features in different units need a preprocessor that brings them to one, such as `standardize`.
    """

    class Options(Component.Options):
        components: int = Field(
            16, ge=1, description="principal components to keep, at most the number of features"
        )

    options: Options

    def architecture(self, n_features: int) -> Projection:
        return Projection(n_features, min(self.options.components, n_features))

    def build(self, train_features: Tensor) -> Projection:
        projection = self.architecture(train_features.shape[-1])
        features = train_features.double()
        mean = features.mean(dim=0)
        # eigenvectors of the (F, F) covariance: cheap for any number of planets; eigh sorts ascending
        _, vectors = torch.linalg.eigh((features - mean).T @ (features - mean))
        vectors = vectors.flip(-1)[:, : projection.n_context]
        signs = torch.sign(vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True)))
        projection.mean.copy_(mean)
        projection.components.copy_(
            vectors * signs
        )  # the largest loading positive, so that one fit gives one sign
        return projection
