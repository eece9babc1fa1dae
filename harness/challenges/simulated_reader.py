"""Reading a challenge from one file, which may come from a stranger: refused is what cannot be scored."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from torch import Tensor

from harness.challenges.described_model import DescribedModel
from harness.challenges.simulated_file import FORMAT, MODEL, VERSION, WITH_MODEL
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.data.truth import Traces, Truth
from harness.errors import HarnessError
from harness.untrusted.hdf5 import Hdf5File, Hdf5Group
from harness.untrusted.hdf5_dataset import Hdf5Dataset
from harness.untrusted.words import excerpt, is_printable

Described = TypeVar("Described", bound=BaseModel)

SPLITS = ("train", "valid", "test")
WHAT_IS_EXPECTED = "expected a file that 'harness simulate FILE.h5' wrote"
LONGEST_NAME = 200  # characters of a planet's id or a partition
SUM_TOLERANCE = 1e-3  # of the weights of a trace, as for the directory of the Ariel 2023 challenge

Array = NDArray[np.float64]


def read_challenge_file(path: Path) -> tuple[Schema, dict[str, Split]]:
    """What `harness.challenges.simulated_file.write_challenge_file` wrote, as float64.

    Raises:
        HarnessError: the file is missing, damaged, of another format or of another version, or holds planets
            that cannot be scored: ids twice, numbers that are not finite, noise that is not positive, traces
            whose weights are no weights.
    """
    with Hdf5File(path, WHAT_IS_EXPECTED) as file:
        root = file.root
        _require_version(path, root)
        schema = _schema(path, root.attribute("schema"))
        splits = {name: _read_split(root.group(name), schema) for name in SPLITS}
    for name in ("train", "test"):
        if len(splits[name]) == 0:
            raise HarnessError(f"{path} holds no planet for '{name}'; there is nothing to learn or to score.")
    return schema, splits


def read_described_model(path: Path) -> DescribedModel | None:
    """What such a file says of its forward model; None where that is the one of the Ariel challenge.

    Raises:
        HarnessError: as `read_challenge_file`, or the description is damaged.
    """
    with Hdf5File(path, WHAT_IS_EXPECTED) as file:
        if _require_version(path, file.root) != WITH_MODEL:
            return None
        said = file.root.attribute(MODEL)
    return _validated(DescribedModel, said, f"{path}: what it says of its forward model")


def _require_version(path: Path, root: Hdf5Group) -> int:
    if root.attribute("format") != FORMAT:
        raise HarnessError(f"{path} is not a challenge that 'harness simulate FILE.h5' wrote.")
    version = root.attribute("version")
    if not (isinstance(version, int | np.integer) and version in (VERSION, WITH_MODEL)):
        raise HarnessError(
            f"{path} is of version {excerpt(str(version))}, but this harness reads version {VERSION} and "
            f"{WITH_MODEL}; simulate it again, or install the harness that wrote it."
        )
    return int(version)


def _schema(path: Path, said: Any) -> Schema:
    return _validated(Schema, said, f"{path}: the schema")


def _validated(model: type[Described], said: Any, what: str) -> Described:
    try:
        return model.model_validate_json(said)
    except ValidationError as error:
        first = error.errors()[0]
        where = excerpt(".".join(str(part) for part in first["loc"]) or "the whole")
        raise HarnessError(f"{what} is damaged: {where}: {excerpt(first['msg'], 200)}.") from error


def _read_split(group: Hdf5Group, schema: Schema) -> Split:
    ids = group.dataset("planet_id")
    if len(ids.shape) != 1:
        raise HarnessError(f"{ids.where} has shape {ids.shape}; expected one id for each planet.")
    n, n_parameters = ids.shape[0], len(schema.parameters)
    tables = {
        name: _dataset(group, name, (n, columns))
        for name, columns in (
            ("spectrum", len(schema.wavelength)),
            ("noise", len(schema.wavelength)),
            ("auxiliary", len(schema.auxiliary)),
            ("parameters", n_parameters),
        )
    }
    planets = _names(ids)
    twice = [planet for planet, times in Counter(planets).items() if times > 1]
    if twice:
        raise HarnessError(f"{ids.where} lists planet {twice[0]} twice; a planet id must be unique.")
    read = {name: _finite(dataset) for name, dataset in tables.items()}
    if (bad := read["noise"] <= 0).any():
        planet, channel = (int(at) for at in np.argwhere(bad)[0])
        raise HarnessError(
            f"{group.where}: the noise of planet {planets[planet]} is {read['noise'][planet, channel]:g} in "
            f"channel {channel}; expected a positive 1-sigma {schema.spectrum_unit}."
        )
    partition = _names(_dataset(group, "partition", (n,))) if "partition" in group else None
    return Split(
        Observations(
            np.array(planets, dtype=np.str_),
            *(torch.from_numpy(read[name]) for name in ("spectrum", "noise", "auxiliary")),
        ),
        Truth(torch.from_numpy(read["parameters"]), _read_traces(group, planets, n_parameters)),
        None if partition is None else np.array(partition, dtype=np.str_),
    )


def _dataset(group: Hdf5Group, name: str, shape: tuple[int, ...]) -> Hdf5Dataset:
    """A dataset of this shape, which nothing is read of yet."""
    dataset = group.dataset(name)
    if dataset.shape != shape:
        raise HarnessError(f"{dataset.where} has shape {dataset.shape}; expected {shape}.")
    return dataset


def _finite(dataset: Hdf5Dataset) -> Array:
    values: Array = dataset.numbers()
    if not np.isfinite(values).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise HarnessError(f"{dataset.where} is {values[at]:g} in place {at}; expected finite numbers.")
    return values


def _names(dataset: Hdf5Dataset) -> list[str]:
    names = dataset.texts()
    for name in names:
        if not name or len(name) > LONGEST_NAME or not is_printable(name):
            raise HarnessError(
                f"{dataset.where} holds '{excerpt(name)}'; expected names of at most {LONGEST_NAME} "
                "characters that can be printed."
            )
    return names


def _read_traces(group: Hdf5Group, planets: list[str], n_parameters: int) -> Traces | None:
    if "trace_lengths" not in group:
        return None
    lengths_of = _dataset(group, "trace_lengths", (len(planets),))
    values_of = group.dataset("trace_values")
    rows = values_of.shape[0] if values_of.shape else 0
    lengths = lengths_of.numbers(np.int64)
    if values_of.shape != (rows, n_parameters) or (lengths < 0).any() or (lengths > rows).any():
        raise HarnessError(f"{group.where}: the traces do not fit their lengths.")
    if int(lengths.sum()) != rows:
        raise HarnessError(
            f"{group.where}: the traces have {rows:,} rows, their lengths say {lengths.sum():,}."
        )
    weights = torch.from_numpy(_finite(_dataset(group, "trace_weights", (rows,))))
    if bool((weights < 0).any()):
        raise HarnessError(f"{group.where}: a weight of a trace is negative; expected numbers from 0 to 1.")
    count = torch.from_numpy(lengths)
    stop = count.cumsum(0)
    return Traces(
        torch.from_numpy(_finite(values_of)),
        _normalised(group, planets, weights, count),
        stop - count,
        stop,
        _log_evidence(group, len(planets)),
    )


def _normalised(group: Hdf5Group, planets: list[str], weights: Tensor, lengths: Tensor) -> Tensor:
    """Weights that sum to 1 for each planet, which those in the file do but for their rounding."""
    planet = torch.repeat_interleave(torch.arange(len(planets)), lengths)
    total = torch.zeros(len(planets), dtype=torch.float64).index_add_(0, planet, weights)
    off = torch.nonzero((lengths > 0) & ((total - 1).abs() > SUM_TOLERANCE)).flatten()
    if len(off):
        worst = int(off[0])
        raise HarnessError(
            f"{group.where}: the weights of planet {planets[worst]} sum to {float(total[worst]):.6g}; "
            "expected 1."
        )
    return weights / total[planet]


def _log_evidence(group: Hdf5Group, n: int) -> Tensor | None:
    """Natural logarithms, NaN where one is not known."""
    if "log_evidence" not in group:
        return None
    dataset = _dataset(group, "log_evidence", (n,))
    values: Array = dataset.numbers()
    if np.isinf(values).any():
        raise HarnessError(f"{dataset.where} holds an infinite number; expected finite ones, or NaN.")
    return torch.from_numpy(values)
