"""Records as the store keeps them: the parts of scores, most of a record's text, are packed as numbers.

A board of thousands of runs shows few of them, and each is made when it is asked for.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product

from pydantic_core import from_json

from harness.data.record import LARGEST, EstimateRecord, RunRecord
from harness.untrusted.words import printable

NONE = math.nan  # where there is no number
KINDS = ("parts", "partitions")  # of estimates that a score has by name


class PackedEstimates(Mapping[str, EstimateRecord]):
    """Estimates by name, each made when it is asked for.

    Arguments:
        names: of all of them.
        numbers: of each in turn the value and the standard error, NaN where there is none.
    """

    __slots__ = ("_names", "_numbers")

    def __init__(self, names: tuple[str, ...], numbers: Sequence[float]) -> None:
        self._names, self._numbers = names, numbers

    def __getitem__(self, name: str) -> EstimateRecord:
        if name not in self._names:
            raise KeyError(name)
        at = 2 * self._names.index(name)
        value, error = (None if math.isnan(number) else number for number in self._numbers[at : at + 2])
        return EstimateRecord(value=value, standard_error=error)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def pack(record: RunRecord) -> tuple[str, str, bytes]:
    """A record as JSON with no parts and partitions of scores, their names as JSON, and their numbers."""
    packed = [getattr(score, kind) for score in record.scores for kind in KINDS]
    numbers = [
        NONE if number is None or not math.isfinite(number) else number
        for estimates in packed
        for estimate in estimates.values()
        for number in (estimate.value, estimate.standard_error)
    ]
    scores = [score.model_copy(update={kind: {} for kind in KINDS}) for score in record.scores]
    text = record.model_copy(update={"scores": scores}).model_dump_json()
    names = json.dumps([list(estimates) for estimates in packed])
    return text, names, struct.pack(f"<{len(numbers)}d", *numbers)


def unpack(text: str, names: str | None, numbers: bytes | None) -> RunRecord:
    """The record that was packed, or one that is kept whole, as those of older stores are.

    Raises:
        TypeError, ValueError: it cannot be read, or the numbers are not those of its names.
    """
    record = RunRecord.parse(text)
    if names is None or numbers is None or any(score.parts or score.partitions for score in record.scores):
        return record
    named = _names(names)
    count = 2 * sum(map(len, named))
    if len(named) != len(KINDS) * len(record.scores) or len(numbers) != struct.calcsize(f"<{count}d"):
        raise ValueError("the parts of its scores are not those of their names")
    known = struct.unpack(f"<{count}d", numbers)
    if any(number <= -LARGEST or number >= LARGEST for number in known):
        raise ValueError("a part of a score is too large a number")
    start = 0
    for (score, kind), some in zip(product(record.scores, KINDS), named, strict=True):
        if some:
            end = start + 2 * len(some)
            setattr(score, kind, PackedEstimates(some, known[start:end]))
            start = end
    return record


@lru_cache(maxsize=1_000)  # thousands of runs have the same
def _names(text: str) -> tuple[tuple[str, ...], ...]:
    named = from_json(text)
    if not (isinstance(named, list) and all(map(_are_names, named))):
        raise ValueError("the names of the parts of its scores are none")
    return tuple(tuple(map(printable, some)) for some in named)


def _are_names(some: object) -> bool:
    if not isinstance(some, list) or not all(isinstance(name, str) for name in some):
        return False
    return len({printable(name) for name in some}) == len(some)
