"""Which wavelengths a forest looks at for each parameter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from harness.challenges import Observations
from harness.components.feature_module import Features
from harness.data.schema import Schema

MIXED = -1


def columns_behind(features: Features, observations: Observations) -> Tensor:
    """The one input column that each feature depends on (F,), int64.

    Columns are counted through the W channels, the noise of the W channels, and the A auxiliary
    columns; -1 where a feature depends on several, or on none. It is found by trying: one planet is
    changed in one column after the other, by the spread of that column.
    """
    seen = observations.to("cpu", torch.float64)
    columns = torch.cat([seen.spectrum, seen.noise, seen.auxiliary], dim=1)
    step = columns.std(dim=0, correction=0)
    step = torch.where(step > 0, step, columns[0].abs().clamp(min=1e-3))
    tried = torch.cat([columns[:1], columns[0] + torch.diag(step)])
    sizes = [tensor.shape[1] for tensor in (seen.spectrum, seen.noise, seen.auxiliary)]
    spectrum, noise, auxiliary = torch.split(tried, sizes, dim=1)
    ids = np.array([str(i) for i in range(len(tried))])
    context = features.of(Observations(ids, spectrum, noise, auxiliary)).cpu()
    moved = context[1:] != context[0]  # (columns, F)
    return torch.where(moved.sum(dim=0) == 1, moved.int().argmax(dim=0), MIXED)


def importance(gain: Tensor) -> tuple[Tensor, Tensor]:
    """The part of each feature in explaining all parameters (F,) and each parameter (F, P).

    The variance that the splits on a feature take off, as a fraction of what all splits of the tree
    take off, averaged over trees: the mean decrease in impurity of Breiman. Each sums to 1.

    Arguments:
        gain: the decrease of variance by each tree's splits on each feature (T, F, P).

    References:
        Breiman 2001, Random Forests, Machine Learning 45, 5.
    """
    return _fractions(gain.sum(dim=-1)), _fractions(gain)


def _fractions(gain: Tensor) -> Tensor:
    total = gain.sum(dim=1, keepdim=True)
    grown = total.reshape(len(gain), -1).sum(dim=1) > 0  # a tree without a split explains nothing
    fractions = torch.where(total > 0, gain / total.clamp(min=torch.finfo(gain.dtype).tiny), 0.0)
    return fractions.sum(dim=0) / grown.sum().clamp(min=1)


def feature_names(columns: Tensor, schema: Schema) -> list[str]:
    """A name for each feature, from the input column behind it (see `columns_behind`)."""
    channels = [f"{wavelength:g} µm" for wavelength in schema.wavelength]
    names = [*channels, *(f"noise at {channel}" for channel in channels), *schema.auxiliary_names]
    return [
        f"feature {number}" if column == MIXED else names[column]
        for number, column in enumerate(columns.tolist())
    ]


def write_importance(directory: Path, gain: Tensor, columns: Tensor, schema: Schema) -> None:
    """Write `feature_importance.csv` and `feature_importance.png`.

    Arguments:
        directory: where to write.
        gain: the decrease of variance by each tree's splits on each feature (T, F, P).
        columns: the input column behind each feature (F,).
        schema: the challenge's channels, auxiliary columns and parameters.
    """
    import pandas as pd

    from harness_forest.importance_figure import draw_importance

    of_all, of_each = (part.cpu().numpy() for part in importance(gain))
    names = feature_names(columns, schema)
    wavelength = [
        schema.wavelength[column] if 0 <= column < len(schema.wavelength) else np.nan
        for column in columns.tolist()
    ]
    table = pd.DataFrame({"feature": names, "wavelength_um": wavelength, "all": of_all})
    for index, name in enumerate(schema.parameter_names):
        table[name] = of_each[:, index]
    table.to_csv(directory / "feature_importance.csv", index=False)
    draw_importance(of_each, columns.numpy(), names, schema).savefig(directory / "feature_importance.png")
