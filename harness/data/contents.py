"""What a challenge reads, looked at once before anything is learned from it or scored on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from harness.data.schema import Schema
from harness.data.split import Split


def fault_in(contents: object) -> str | None:
    """What is wrong with what a challenge's `read` gave, as a clause; None if it can be used."""
    if not (isinstance(contents, tuple) and len(contents) == 2):
        return f"`read` gave a {type(contents).__name__}; expected a schema and the splits by name"
    schema, splits = contents
    if not (isinstance(schema, Schema) and isinstance(splits, Mapping)):
        kinds = f"a {type(schema).__name__} and a {type(splits).__name__}"
        return f"`read` gave {kinds}; expected a harness.Schema and a mapping of splits by name"
    for name, split in splits.items():
        if not isinstance(split, Split):
            return f"the split '{name}' is a {type(split).__name__}; expected a harness.Split"
        if fault := _fault_in(split, schema):
            return f"in the split '{name}' {fault}"
    return None


def _fault_in(split: Split, schema: Schema) -> str | None:
    seen, parameters, n = split.observations, split.truth.parameters, len(split)
    shapes = {
        "spectrum": (seen.spectrum, len(schema.wavelength)),
        "noise": (seen.noise, len(schema.wavelength)),
        "auxiliary": (seen.auxiliary, len(schema.auxiliary)),
    }
    if parameters is not None:
        shapes["parameters"] = (parameters, len(schema.parameters))
    for what, (values, columns) in shapes.items():
        if not isinstance(values, Tensor):
            return f"`{what}` is a {type(values).__name__}; expected a tensor"
        if values.shape != (n, columns):
            return f"`{what}` has shape {tuple(values.shape)}; expected {(n, columns)}"
        if not bool(torch.isfinite(values).all()):
            return f"`{what}` is not finite everywhere"
    if not bool((seen.noise > 0).all()):
        return "`noise` is not positive everywhere"
    names, times = np.unique(seen.names, return_counts=True)
    return f"the planet id {names[times > 1][0]} stands twice" if (times > 1).any() else None
