"""The space in which a method sees planets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.explain.contrast import Contrast
from harness.runs.fitted import FittedRun
from harness.training.trained_estimator import TrainedEstimator

MOST = 16  # directions that are kept
AT_ONCE = 1024  # planets


@dataclass(frozen=True)
class Embedding:
    """Where planets lie, in the directions that training planets vary most in, each of unit spread.

    Attributes:
        train: of the training planets (R, D), float64.
        place: of any planets, likewise.
        what: which space it is, for a reader.
    """

    train: Tensor
    place: Callable[[Observations], Tensor]
    what: str

    @classmethod
    def of(cls, fitted: FittedRun, train: Observations) -> Self:
        """The context vectors of a method's embedder, or its features, or spectra where it has neither."""
        raw, what = _raw(fitted)

        def numbers(seen: Observations) -> Tensor:
            with torch.no_grad():
                parts = [raw(seen[start : start + AT_ONCE]) for start in range(0, len(seen), AT_ONCE)]
            return torch.cat(parts).double().cpu()

        known = numbers(train)
        spread, mean = torch.std_mean(known, dim=0, correction=0)
        scale = torch.where(spread > 1e-9 * spread.max(), spread, torch.inf)
        standard = (known - mean) / scale
        variances, vectors = torch.linalg.eigh(standard.T @ standard / len(standard))
        variances, vectors = variances.flip(0), vectors.flip(1)
        kept = max(1, min(MOST, int((variances > 1e-6 * variances[0].clamp(min=1e-30)).sum())))
        turn = vectors[:, :kept] / variances[:kept].clamp(min=1e-30).sqrt()
        return cls(standard @ turn, lambda seen: (numbers(seen) - mean) / scale @ turn, what)


def _raw(fitted: FittedRun) -> tuple[Callable[[Observations], Tensor], str]:
    estimator, device = fitted.estimator, fitted.run.device
    if isinstance(estimator, TrainedEstimator) and estimator.trained.members:
        trained = estimator.trained
        member = trained.members[0]
        name = estimator.embedder.name if estimator.embedder else "none"
        return (
            lambda seen: member.context(trained.featurizer.features(seen.to(device))),
            f"the context vectors of its embedder '{name}'",
        )
    features = estimator.features
    if features is not None:
        return features.of, "the features that it was given"
    return (
        _spectra,
        "the spectra themselves, for it has no features: logarithm of the mean depth, and contrasts",
    )


def _spectra(seen: Observations) -> Tensor:
    contrast = Contrast.of(seen.spectrum)
    size = contrast.mean.clamp(min=1e-30).log() if bool((contrast.mean > 0).all()) else contrast.mean
    return torch.cat([size, contrast.values], dim=1)
