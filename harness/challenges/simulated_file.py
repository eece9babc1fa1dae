"""A whole challenge in one HDF5 file, small enough to be shared or to come with a package.

Spectra, noise and traces are float32, traces with 16 bits of mantissa (1e-5 relative, far below the width of
any posterior), everything compressed; parameters and auxiliary columns are float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.challenges.described_model import DescribedModel
from harness.data.schema import Schema
from harness.data.split import Split
from harness.files.storage import write_whole

FORMAT, VERSION = "ariel-harness challenge", 1
WITH_MODEL = 2  # version of a file that describes its forward model
MODEL = "forward_model"  # attribute that does
DROPPED_BITS = 7  # of the 23 of a float32's mantissa


def write_challenge_file(
    path: Path,
    schema: Schema,
    splits: Mapping[str, Split],
    made_by: str,
    harness_version: str,
    described: DescribedModel | None = None,
) -> None:
    """Write the splits of a challenge into one file; the same content gives the same bytes.

    Arguments:
        path: of the file; it appears when everything is written.
        schema: of the challenge.
        splits: by name; planets must have parameters.
        made_by: the command that made them, kept as an attribute.
        harness_version: kept as an attribute.
        described: the forward model, where it is not that of the Ariel challenge.

    Raises:
        OSError: the disk is full, or the file cannot be written; nothing is left behind.
    """
    version = VERSION if described is None else WITH_MODEL
    # composed in memory: HDF5 loses errors of a disk that fills up half way
    with h5py.File("challenge", "w", driver="core", backing_store=False) as file:
        file.attrs.update({"format": FORMAT, "version": version, "schema": schema.model_dump_json()})
        if described is not None:
            file.attrs[MODEL] = described.model_dump_json()
        file.attrs.update({"made_by": made_by, "harness_version": harness_version})
        for name, split in splits.items():
            _write_split(file.create_group(name), split)
        file.flush()
        image: bytes = file.id.get_file_image()
    write_whole(path, lambda partial: partial.write_bytes(image))


def _write_split(group: h5py.Group, split: Split) -> None:
    seen, truth = split.observations, split.truth
    _add(group, "planet_id", seen.names.astype("S"))
    _add(group, "spectrum", seen.spectrum.float().numpy())
    _add(group, "noise", seen.noise.float().numpy())
    _add(group, "auxiliary", seen.auxiliary.double().numpy())
    _add(group, "parameters", split.parameters.double().numpy())
    if split.partition is not None:
        _add(group, "partition", split.partition.astype("S"))
    if truth.traces is not None and truth.n_traces:
        traces = truth.traces
        rows = [traces.trace(planet) for planet in torch.nonzero(traces.present).flatten().tolist()]
        _add(group, "trace_lengths", traces.lengths.numpy().astype("<i4"))
        _add(group, "trace_values", _rounded(torch.cat([values for values, _ in rows])))
        _add(group, "trace_weights", _rounded(torch.cat([weights for _, weights in rows])))
        if traces.log_evidence is not None:
            _add(group, "log_evidence", traces.log_evidence.double().numpy())


def _add(group: h5py.Group, name: str, values: NDArray[np.generic]) -> None:
    group.create_dataset(
        name, data=values, compression="gzip", compression_opts=9, shuffle=True, track_times=False
    )


def _rounded(values: Tensor) -> NDArray[np.float32]:
    """Float32 with the last bits of the mantissa zero, to the nearest, which compresses to half."""
    bits = values.float().numpy().view(np.uint32)
    half, mask = np.uint32(1 << (DROPPED_BITS - 1)), np.uint32(0xFFFFFFFF << DROPPED_BITS & 0xFFFFFFFF)
    rounded: NDArray[np.float32] = ((bits + half) & mask).view(np.float32)
    return rounded
