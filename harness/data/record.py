"""The typed record that every run leaves behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import from_json

from harness.errors import HarnessError
from harness.files.storage import write_whole
from harness.untrusted.files import MIB, read_bytes
from harness.untrusted.words import excerpt, printable

SCHEMA_VERSION = 1
MOST_BYTES = 4 * MIB
LARGEST = 1e150  # of a number, so that its square is one too
COMPUTABLE = "numbers below 1e150, and whole ones below 2**63"
# of JSON every digit as 0, all that is before or after a number as a comma, what cannot be printed as !
_UNPRINTABLE = bytes([*range(32), 127])
_SHAPE = bytes.maketrans(
    b"123456789+E[]}:- !" + _UNPRINTABLE, b"0000000000e,,,,,, " + b"!" * len(_UNPRINTABLE)
)
_LONG, _LONG_EXPONENT = b"," + b"0" * 19, re.compile(b"e0000*,")

TIME = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]"
SHA256 = "^[0-9a-f]{64}$"
IN_WORDS = {TIME: "a time in UTC such as 2026-01-31T12:00:00+00:00", SHA256: "64 hexadecimal digits"}

SAID = {  # in place of what the library says
    "missing": "it is missing",
    "extra_forbidden": "there is nothing of this name here; take it out, or correct the name",
}

Status = Literal["finished", "failed", "interrupted"]


_CONFIG = ConfigDict(extra="forbid", ser_json_inf_nan="null")


class _Model(BaseModel):
    model_config = _CONFIG


class ComponentRecord(_Model):
    """A component with all its options, defaults included, and the distribution that it came from."""

    kind: str
    name: str
    distribution: str
    version: str
    options: dict[str, Any]
    changed: dict[str, Any]  # the options that differ from their defaults


class ForwardRecord(_Model):
    """How far a challenge's forward model is from the spectra of its training planets [1-sigma noise]."""

    planets: int  # that were compared
    median: float | None  # of the absolute residuals of all channels; None where there are no spectra
    quantile90: float | None
    agrees: bool  # whether methods may learn from it


class ChallengeRecord(ComponentRecord):
    """The challenge, with what identifies its content."""

    spec: str
    fingerprint: str
    planets: dict[str, int]  # planets in each split
    forward_check: ForwardRecord | None = None  # None where there is nothing to compare, or it was not done

    @property
    def doubt(self) -> str | None:
        """Why scores on spectra are not what they seem, in a clause; None where there is no reason."""
        check = self.forward_check
        if check is None or check.agrees:
            return None
        off = "" if check.median is None else f" by {check.median:.2g} of their noise (median)"
        return f"the forward model misses the training spectra{off}: the spectral score is of other physics"


@dataclass(config=_CONFIG, kw_only=True, slots=True)  # half the memory of a model: a board has 300,000
class EstimateRecord:
    """A number with its standard error over planets; None where there is none."""

    value: float | None
    standard_error: float | None


# by name; a board that holds thousands of runs makes them when they are asked for
Estimates = Annotated[
    Mapping[str, EstimateRecord], PlainSerializer(dict, return_type=dict[str, EstimateRecord])
]


class ScoreRecord(_Model):
    """What one scorer said."""

    value: float | None
    standard_error: float | None
    scorer: ComponentRecord
    higher_is_better: bool
    parts: Estimates
    partitions: Estimates = {}  # on each kind of test planets, where there are several
    n_planets: int

    @property
    def whole(self) -> EstimateRecord:
        """The score without its parts."""
        return EstimateRecord(value=self.value, standard_error=self.standard_error)

    @classmethod
    def parse(cls, content: str | bytes) -> ScoreRecord:
        """A score from JSON, as `RunRecord.parse` reads it.

        Raises:
            ValueError: as that.
        """
        return cls.model_validate(_harmless(from_json(content, allow_inf_nan=False)))


class SecondsRecord(_Model):
    """Wall-clock seconds of each stage; None for a stage that was not reached."""

    fit: float | None = None
    alarm: float | None = None  # None in older records too
    sample: float | None = None
    score: float | None = None


class MemoryRecord(_Model):
    """Peak memory in bytes while the run went on: resident on the host, allocated on the device."""

    host: int | None = None
    device: int | None = None


class SubmissionRecord(_Model):
    """Where predictions came from that no run of this harness made."""

    by: str  # who answers for them
    note: str | None = None  # what they say of it, such as the address of a paper
    sha256: str  # of the file that was handed in


SPECTRUM = "spectrum"  # what the challenge of a retrieval is called: the measured spectrum and the model


class RetrievalRecord(_Model):
    """The measured spectrum that a run retrieved; it is of no challenge, and nobody knows its truth."""

    files: list[str]  # where they lay
    channels: int
    compared: bool = False  # with smaller models too


class RunRecord(_Model):
    """One run from start to finish; see docs/record.md for the meaning of every field."""

    schema_version: Literal[1] = 1
    run_id: str
    identity: str  # hash of all that decides the result; equal for a repetition of the same run
    label: str | None = None
    status: Status
    error: str | None = None
    started_at: Annotated[str, Field(pattern=TIME)]  # UTC, ISO 8601
    challenge: ChallengeRecord
    preprocessor: ComponentRecord | None = None
    embedder: ComponentRecord | None = None
    estimator: ComponentRecord
    submission: SubmissionRecord | None = (
        None  # of predictions that were handed in; the estimator is a name then
    )
    retrieval: RetrievalRecord | None = (
        None  # of a measured spectrum: the challenge is a name and a model then
    )
    seed: Annotated[int, Field(ge=0)]
    n_samples: Annotated[int, Field(ge=1)]
    time_budget: float | None = None  # seconds that the fit was allowed
    scores: list[ScoreRecord] = []
    seconds: SecondsRecord = SecondsRecord()
    peak_memory: MemoryRecord = MemoryRecord()
    device: str
    processor: str | None = None  # the host's, with its cores and memory
    platform: str
    versions: dict[str, str]
    git_revision: str | None = None
    artifacts: str  # folder of the run, relative to the harness home

    def write(self, path: Path) -> None:
        """Write the record as JSON under a temporary name, then rename."""
        write_whole(
            path, lambda partial: partial.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        )

    @classmethod
    def read(cls, path: Path) -> RunRecord:
        """Read a record.

        Raises:
            HarnessError: there is none, or it is not one of this schema version.
        """
        content = read_bytes(path, MOST_BYTES, "expected the record of a run")
        try:
            return cls.parse(content)
        except ValueError as error:
            first = error.errors()[0] if isinstance(error, ValidationError) else None
            if first is not None and first["loc"] == ("schema_version",):
                raise HarnessError(
                    f"{path} has schema version {excerpt(str(first['input']))}, and this harness reads "
                    f"version {SCHEMA_VERSION}; use the version of ariel-harness that wrote it."
                ) from error
            raise HarnessError(
                f"{path} is not a run record of schema version {SCHEMA_VERSION}: {what_is_wrong(error)}."
            ) from error

    @classmethod
    def parse(cls, content: str | bytes) -> RunRecord:
        """A record from JSON that may be a stranger's.

        Its texts come without control characters, but for the values of options, which decide a result.

        Raises:
            ValueError: it is no JSON, does not fit the schema, or holds a number of no use (`LARGEST`).
        """
        if isinstance(content, str) and _surely_harmless(content):
            return cls.model_validate_json(content)
        return cls.model_validate(_harmless(from_json(content, allow_inf_nan=False)))


def what_is_wrong(error: ValueError) -> str:
    """In some words what `RunRecord.parse` found."""
    if not isinstance(error, ValidationError):
        return excerpt(f"the file: {error}", 300).rstrip(".")
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "the file"
    told = SAID.get(first["type"]) or excerpt(first["msg"], 200)
    if first["type"] == "string_pattern_mismatch":
        told = f"'{excerpt(first['input'])}' is not {IN_WORDS[first['ctx']['pattern']]}"
    return f"{excerpt(field)}: {told}"


def _surely_harmless(content: str) -> bool:
    """Whether `_harmless` would leave JSON as it is, by its text alone: a board reads thousands of records.

    Of what is not plain ASCII, escaped, no number, or may be a number of 19 digits before the point or
    with an exponent of three, it is not sure.
    """
    if not content.isascii() or "\\" in content or "NaN" in content or "Inf" in content:
        return False
    shape = content.encode().translate(_SHAPE)
    return not (b"!" in shape or _LONG in shape or (b"e000" in shape and _LONG_EXPONENT.search(shape)))


def _harmless(value: Any, place: str = "") -> Any:
    """A value of JSON with its texts printable.

    Raises:
        ValueError: a number is too large to be computed with.
    """
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, int | float):
        if not -LARGEST < value < LARGEST or (isinstance(value, int) and abs(value) >= 2**63):
            raise ValueError(f"{place} is too large a number")
        return value
    if isinstance(value, list):
        return [_harmless(one, place) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        printable(key): _kept(one, key) if key in ("options", "changed") else _harmless(one, key)
        for key, one in value.items()
    }


def _kept(options: Any, place: str) -> Any:
    """Options as they are, with numbers that can be computed with."""
    require_computable(options, place)
    return options


def require_computable(value: Any, place: str) -> None:
    """Refuse an option with a number that no record is read with (`COMPUTABLE`).

    Raises:
        ValueError: a number is too large to be computed with.
    """
    _harmless(value, place)
