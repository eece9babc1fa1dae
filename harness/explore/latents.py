"""What a fitted embedder makes of the training planets."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components import Embedder, Preprocessor
from harness.components.feature_module import Features
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError

MOST = 8  # dimensions that are looked at


@dataclass(frozen=True)
class Latents:
    """The context vectors of N planets.

    Attributes:
        embedder, preprocessor: the names of what made them.
        values: the dimensions that vary most, in the order of their variance (N, K), each to zero mean and
            unit spread, float64.
        dimensions: which of the context's they are.
        length: of the whole context vector.
    """

    embedder: str
    preprocessor: str
    values: Tensor
    dimensions: tuple[int, ...]
    length: int


def latents(
    preprocessor: Preprocessor,
    embedder: Embedder,
    train: Split,
    schema: Schema,
    device: torch.device,
    seed: int = 0,
) -> Latents:
    """Fit an embedder on the training planets, and look at them through it.

    Raises:
        HarnessError: the embedder is one that only an estimator trains.
    """
    if embedder.trainable:
        raise HarnessError(
            f"The embedder '{embedder.name}' is trained together with an estimator and has learned nothing "
            "by itself; choose one that is fitted to spectra alone, such as 'pca', or look at that of a run "
            "with 'harness explain RUN'."
        )
    torch.manual_seed(seed)  # of embedders that are networks
    features = Features.fit(preprocessor, embedder, train, schema).to(device)
    context = features.of(train.observations).double().cpu()
    spread, mean = torch.std_mean(context, dim=0, correction=0)
    varying = (spread > 1e-9 * spread.max()).nonzero().flatten()
    order = varying[spread[varying].argsort(descending=True, stable=True)][:MOST]
    return Latents(
        embedder.name,
        preprocessor.name,
        (context[:, order] - mean[order]) / spread[order],
        tuple(order.tolist()),
        context.shape[1],
    )
