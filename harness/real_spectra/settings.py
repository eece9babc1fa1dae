"""What a retrieval is asked for."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LAYERS = 100  # of the exact model; fewer explore faster, and differ where atmospheres are extended

Temperature = Literal["isothermal", "guillot", "nodes"]
Clouds = Literal["none", "deck", "haze", "patchy"]
Star = Literal["none", "spots"]
Method = Literal["nested-sampling", "npe", "vi"]
# how the posterior is found; everything else says what is asked
SAMPLER = ("method", "estimator", "seed", "layers", "live_points", "effective", "calls")
DENSITIES = {"npe": "npe-kl", "vi": "vi"}  # the estimator of each method that has one


class RetrievalSettings(BaseModel):
    """The atmosphere, the nuisances and the sampler of a retrieval.

    The keys of a configuration file are these fields; on the command line they are options of these names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    star_radius: float = Field(gt=0, description="radius of the star [R_Sun]")
    planet_mass: float = Field(gt=0, description="mass of the planet [M_Jup]")
    star_temperature: float | None = Field(None, gt=0, description="effective temperature of the star [K]")
    gases: tuple[str, ...] = Field(("H2O", "CO2", "CO", "CH4"), min_length=1, description="absorbing gases")
    temperature: Temperature = Field("isothermal", description="temperature profile")
    clouds: Clouds = Field("none", description="clouds and hazes")
    star: Star = Field("none", description="contamination by the star's surface")
    offsets: bool = Field(False, description="an offset of every instrument but the first")
    inflate_errors: bool = Field(False, description="an error of every instrument that adds to its own")
    method: Method = Field("nested-sampling", description="how the posterior is found")
    estimator: str | None = Field(None, description="which density npe trains or vi climbs with")
    reference_pressure: float = Field(1e3, gt=0, description="pressure at the planet's radius [Pa]")
    opacities: str = Field("built-in", description="directory of cross-sections")
    priors: dict[str, tuple[float, float]] = Field({}, description="bounds of uniform priors")
    seed: int = Field(0, ge=0, description="of every random number")
    layers: int = Field(50, ge=20, le=LAYERS, description="layers of the model that explores")
    live_points: int = Field(400, ge=50, description="live points of nested sampling")
    effective: int = Field(2000, ge=100, description="effective sample size to reach")
    calls: int = Field(2_000_000, ge=1000, description="likelihoods after which sampling stops")

    @property
    def density(self) -> str | None:
        """The estimator whose density proposes; None where the method needs none."""
        return self.estimator or DENSITIES.get(self.method) if self.method in DENSITIES else None
