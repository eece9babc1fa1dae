"""A hash of everything a score depends on, so that only like is compared with like."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from torch import Tensor

from harness.data.schema import Schema
from harness.data.split import Split


def fingerprint(schema: Schema, splits: Mapping[str, Split], forward_model: str | None = None) -> str:
    """16 hexadecimal digits over schema, planets, truth, the way they are split, and the forward model.

    Arguments:
        forward_model: a name that changes with it; None where there is none.
    """
    # left out where it is false, as it was of all challenges before it was there to be told
    unsaid = None if schema.noise_included else {"noise_included"}
    digest = hashlib.sha256(schema.model_dump_json(exclude=unsaid).encode())
    if forward_model is not None:
        digest.update(f"forward model:{forward_model}".encode())
    for name in sorted(splits):
        split = splits[name]
        digest.update(f"{name}:{len(split)}".encode())
        digest.update("\0".join(split.observations.names.tolist()).encode())
        for tensor in (split.observations.spectrum, split.observations.noise, split.observations.auxiliary):
            _add(digest, tensor)
        if split.partition is not None:
            digest.update("\0".join(split.partition.tolist()).encode())
        if split.truth.parameters is not None:
            _add(digest, split.truth.parameters)
        traces = split.truth.traces
        if traces is not None:
            _add(digest, traces.lengths)
            for planet in np.flatnonzero(traces.present.numpy()):
                for tensor in traces.trace(int(planet)):
                    _add(digest, tensor)
    return digest.hexdigest()[:16]


def _add(digest: hashlib._Hash, tensor: Tensor) -> None:
    digest.update(f"{tensor.dtype}{tuple(tensor.shape)}".encode())
    digest.update(np.ascontiguousarray(tensor.numpy()).data)
