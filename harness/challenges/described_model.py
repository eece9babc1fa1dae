"""The forward model of a challenge on any channels, as its file describes it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.physics.planet_settings import PlanetSettings

REFERENCE_PRESSURE = 1e3  # Pa, as `harness retrieve` has it


class DescribedModel(BaseModel):
    """What a `PlanetForwardModel` has to be told beside the channels.

    Attributes:
        gases: absorbing gases, of constant abundance.
        temperature, clouds: only isothermal atmospheres without clouds are simulated so far.
        reference_pressure: at which the planet has its radius [Pa].
        opacities: identity of the cross-sections behind the spectra.
        star_radius, planet_mass: of a typical planet [R_Sun], [M_Jup], for which quick models choose their
            wavenumbers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    gases: tuple[str, ...] = Field(min_length=1, max_length=50)
    temperature: Literal["isothermal"] = "isothermal"
    clouds: Literal["none"] = "none"
    reference_pressure: float = Field(REFERENCE_PRESSURE, gt=0)
    opacities: str = Field(min_length=1, max_length=200)
    star_radius: float = Field(gt=0, lt=1e3)
    planet_mass: float = Field(gt=0, lt=1e3)

    @property
    def settings(self) -> PlanetSettings:
        """Of the planet model.

        Raises:
            HarnessError: the gases are none.
        """
        return PlanetSettings(
            self.gases, self.temperature, self.clouds, reference_pressure=self.reference_pressure
        )
