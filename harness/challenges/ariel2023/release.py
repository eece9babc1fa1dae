"""Releases of Ariel's data challenges that share one layout, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass

from harness.challenges.ariel2023.grid import PARAMETERS
from harness.data.schema import Parameter


@dataclass(frozen=True)
class Release:
    """A year's release.

    Attributes:
        year: of the challenge.
        parameters: in the order of its table of parameters, with the bounds of its retrievals (P,).
        tells_order: whether its traces name their columns, in an order of their own.
    """

    year: int
    parameters: tuple[Parameter, ...]
    tells_order: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters."""
        return tuple(parameter.name for parameter in self.parameters)


_BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}

RELEASE_2023 = Release(2023, PARAMETERS)
RELEASE_2022 = Release(
    2022,
    tuple(_BY_NAME[name] for name in ("planet_temp", "log_H2O", "log_CO2", "log_CH4", "log_CO", "log_NH3")),
    tells_order=True,
)
