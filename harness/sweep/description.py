"""The file of a sweep: methods and options, challenges, how trials are chosen, what is maximised."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from harness.components.settings import MOST_BYTES, loads
from harness.data.record import what_is_wrong
from harness.errors import HarnessError
from harness.runs.request import DEFAULT_CHALLENGE, DEFAULT_SAMPLES
from harness.sweep.space import Dimension, dimension_of
from harness.untrusted.files import read_text

Search = Literal["grid", "random", "optuna"]


def _once(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


Once = AfterValidator(_once)
SomeNames = Annotated[list[str], Once]
Names = Annotated[list[str], Field(min_length=1), Once]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    challenges: Names = [DEFAULT_CHALLENGE]
    estimators: Names
    preprocessors: SomeNames = []
    embedders: SomeNames = []
    scorers: SomeNames = []
    seeds: Annotated[list[int], Field(min_length=1), Once] = [0]
    samples: int = DEFAULT_SAMPLES
    device: str = "auto"
    name: str | None = None
    time_budget: float | None = None
    search: Search = "grid"
    trials: Annotated[int, Field(ge=1, le=100_000)] | None = None
    at_once: Annotated[int, Field(ge=1, le=1000)] = 4
    search_seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    maximise: str | None = None
    test_planets: bool = False


@dataclass(frozen=True)
class Sweep:
    """A sweep that is asked for.

    Attributes:
        keys: all that is no option of a component.
        space: by component, kind or name, and option.
    """

    keys: _Keys
    space: dict[str, dict[str, Dimension]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Sweep:
        """From a TOML file.

        Raises:
            HarnessError: it is missing, or does not describe a sweep.
        """
        try:
            content = loads(read_text(path, MOST_BYTES))
            tables = {key: value for key, value in content.items() if isinstance(value, dict)}
            keys = _Keys.model_validate({key: one for key, one in content.items() if key not in tables})
        except ValidationError as error:
            raise HarnessError(f"{path} does not describe a sweep: {what_is_wrong(error)}.") from error
        except tomllib.TOMLDecodeError as error:
            raise HarnessError(f"{path} is not TOML: {error}.") from error
        except (RecursionError, ValueError) as error:
            raise HarnessError(
                f"{path} cannot be read: a value is nested too deep, or a number has too many digits."
            ) from error
        if keys.search != "grid" and keys.trials is None:
            raise HarnessError(f'{path}: search = "{keys.search}" needs the number of trials.')
        if keys.search == "grid" and keys.trials is not None:
            raise HarnessError(
                f'{path}: search = "grid" tries every combination and takes no number of trials; leave that '
                'out, or say search = "random".'
            )
        try:
            space = {
                target: {option: dimension_of(f"{target}.{option}", value) for option, value in table.items()}
                for target, table in tables.items()
            }
        except HarnessError as error:
            raise HarnessError(f"{path}: {error}") from error
        return cls(keys, space)
