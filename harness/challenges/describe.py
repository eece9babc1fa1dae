"""What a challenge holds, in numbers: what `harness data describe` prints."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from pydantic import BaseModel
from torch import Tensor

from harness.components import Challenge
from harness.data.split import Split
from harness.errors import counted

BINS = 16


class Range(BaseModel):
    """The least, the middle and the greatest of some values."""

    minimum: float
    median: float
    maximum: float

    @classmethod
    def of(cls, values: Tensor) -> Range:
        """Of a tensor with at least one value."""
        values = values.double()
        ascending = values.sort().values
        return cls(
            minimum=float(ascending[0]),
            median=float((ascending[(len(values) - 1) // 2] + ascending[len(values) // 2]) / 2),
            maximum=float(ascending[-1]),
        )


class SplitDescription(BaseModel):
    """One split; depth and noise are means over planets and channels, None where there is no planet."""

    planets: int
    has_parameters: bool
    traces: int
    trace_rows: Range | None
    mean_depth: float | None
    mean_noise: float | None


class ParameterDescription(BaseModel):
    """One parameter, its prior bounds, and how the training planets lie between them."""

    name: str
    unit: str
    lower: float
    upper: float
    training: Range
    histogram: list[int]  # training planets in BINS equal bins between the bounds
    outside: int  # training planets beyond the bounds


class AuxiliaryDescription(BaseModel):
    """One auxiliary column over the training planets."""

    name: str
    unit: str
    training: Range


class ChannelDescription(BaseModel):
    """The channels, in the order of the data [um]."""

    count: int
    first: float
    last: float
    unit: str  # of the spectra


class Description(BaseModel):
    """A challenge."""

    challenge: str
    fingerprint: str
    splits: dict[str, SplitDescription]
    channels: ChannelDescription
    parameters: list[ParameterDescription]
    auxiliary: list[AuxiliaryDescription]
    notes: list[str]


def describe(challenge: Challenge) -> Description:
    """Read a challenge and describe it.

    Raises:
        HarnessError: the data are missing or damaged.
    """
    schema, train = challenge.schema, challenge.train
    return Description(
        challenge=challenge.spec,
        fingerprint=challenge.fingerprint,
        splits={name: _split(split) for name, split in challenge.splits.items()},
        channels=ChannelDescription(
            count=len(schema.wavelength),
            first=schema.wavelength[0],
            last=schema.wavelength[-1],
            unit=schema.spectrum_unit,
        ),
        parameters=list(_parameters(challenge)),
        auxiliary=[
            AuxiliaryDescription(**column.model_dump(), training=Range.of(values))
            for column, values in zip(schema.auxiliary, train.observations.auxiliary.T, strict=True)
        ],
        notes=[*challenge.notes, *_remarks(challenge)],
    )


def _split(split: Split) -> SplitDescription:
    seen, traces = split.observations, split.truth.traces
    rows = torch.zeros(0) if traces is None else traces.lengths[traces.present]
    return SplitDescription(
        planets=len(split),
        has_parameters=split.truth.parameters is not None,
        traces=len(rows),
        trace_rows=Range.of(rows) if len(rows) else None,
        mean_depth=float(seen.spectrum.double().mean()) if len(split) else None,
        mean_noise=float(seen.noise.double().mean()) if len(split) else None,
    )


def _parameters(challenge: Challenge) -> Iterator[ParameterDescription]:
    for parameter, values in zip(challenge.schema.parameters, challenge.train.parameters.T, strict=True):
        inside = (values >= parameter.lower) & (values <= parameter.upper)
        counts = torch.histc(
            values[inside].double().contiguous(), bins=BINS, min=parameter.lower, max=parameter.upper
        )
        yield ParameterDescription(
            **parameter.model_dump(),
            training=Range.of(values),
            histogram=[int(count) for count in counts],
            outside=int((~inside).sum()),
        )


def _remarks(challenge: Challenge) -> Iterator[str]:
    for name, split in challenge.splits.items():
        if len(split) == 0:
            yield f"There are no planets in '{name}'."
    if not challenge.schema.auxiliary:
        yield "There are no auxiliary columns."
    if challenge.schema.noise_included:
        yield "The spectra carry their noise already, so methods draw none onto them."
    truth = challenge.test.truth
    if truth.n_traces == 0:
        yield "No test planet has a trace, so scores that compare posteriors do not apply."
    elif truth.n_traces < len(challenge.test):
        without = len(challenge.test) - truth.n_traces
        have = "has" if without == 1 else "have"
        yield f"{without:,} of {len(challenge.test):,} test planets {have} no trace."
    if truth.parameters is None:
        yield "The parameters of the test planets are not known."
    for parameter in _parameters(challenge):
        if parameter.outside:
            lie = "lies" if parameter.outside == 1 else "lie"
            outside = counted(parameter.outside, "training planet")
            yield f"{parameter.name}: {outside} {lie} beyond the prior bounds."
