"""What a challenge's numbers mean: parameters with units and bounds, channels, auxiliary columns."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from harness.errors import HarnessError


class Parameter(BaseModel):
    """A parameter to infer, with the bounds of its prior in `unit`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: str
    lower: float
    upper: float

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if not (math.isfinite(self.lower) and math.isfinite(self.upper) and self.lower < self.upper):
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

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the schema that a run wrote.

        Raises:
            HarnessError: it is missing or damaged.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise HarnessError(
                f"{path} is missing; the run's folder is not complete, run it again."
            ) from None
        except ValidationError as error:
            raise HarnessError(f"{path} is damaged or of another version; run it again.") from error

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
