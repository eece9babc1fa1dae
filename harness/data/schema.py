"""What a challenge's numbers mean: parameters with units and bounds, channels, auxiliary columns."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from harness.data.score_parts import mistaken
from harness.errors import HarnessError
from harness.untrusted.files import MIB, read_bytes
from harness.untrusted.words import excerpt, is_printable

MOST_BYTES = 4 * MIB  # of a schema's file


LARGEST = 1e150  # of a number, so that its square is one too
LONGEST_NAME = 200  # characters


class Parameter(BaseModel):
    """A parameter to infer, with the bounds of its prior in `unit`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: str
    lower: float
    upper: float

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if not (-LARGEST < self.lower < self.upper < LARGEST):
            raise ValueError(
                f"bounds of {self.name} must be finite and ascending, not {self.lower} to {self.upper}"
            )
        return self

    def __str__(self) -> str:
        return f"{self.name} [{self.unit}]" if self.unit else self.name


class Column(BaseModel):
    """An auxiliary column: a fact about the star or the planet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: str


class Schema(BaseModel):
    """Everything about a challenge but its planets: enough to rebuild a saved estimator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: tuple[Parameter, ...]
    wavelength: tuple[float, ...]  # channel centres [um]
    width: tuple[float, ...]  # channel widths [um]
    auxiliary: tuple[Column, ...] = ()
    spectrum_unit: str = "transit depth"
    noise_included: bool = False  # spectra are observations with their noise; else ideal, and methods draw it

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.parameters or not self.wavelength or len(self.wavelength) != len(self.width):
            raise ValueError("expected parameters, and channels that have a wavelength and a width each")
        if not all(0 < number < LARGEST for number in (*self.wavelength, *self.width)):
            raise ValueError("wavelengths and widths must be positive and finite")
        for what, names in (("parameter", self.parameter_names), ("auxiliary column", self.auxiliary_names)):
            for name in names:
                if not name or len(name) > LONGEST_NAME or not is_printable(name):
                    raise ValueError(f"'{excerpt(name)}' cannot be the name of a {what}")
                if names.count(name) > 1:
                    raise ValueError(f"there are several of the {what} {name}")
        if (pair := mistaken(self.parameter_names)) is not None:
            raise ValueError(f"in scores the parameter {pair[1]} would be taken for a part of {pair[0]}")
        return self

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the schema that a run wrote.

        Raises:
            HarnessError: it is missing or damaged.
        """
        content = read_bytes(path, MOST_BYTES, "the run's folder is not complete, run it again")
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise HarnessError(
                f"{path} is damaged or of another version; copy it again from where it is whole, or "
                "repeat the run with 'harness rerun'."
            ) from error

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """(lower, upper) of each parameter, in its unit."""
        return tuple((parameter.lower, parameter.upper) for parameter in self.parameters)

    @property
    def auxiliary_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.auxiliary)
