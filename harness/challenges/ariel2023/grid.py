"""The grid of the Ariel Data Challenge 2023: 52 channels and seven parameters with their bounds."""

from harness.data.schema import Parameter
from harness.physics.ariel_channels import WAVELENGTH, WIDTH

__all__ = ["PARAMETERS", "WAVELENGTH", "WIDTH"]

# the bounds of the challenge's retrievals, to which its scorer clips
PARAMETERS = (
    Parameter(name="planet_radius", unit="R_Jup", lower=0.1, upper=3.0),
    Parameter(name="planet_temp", unit="K", lower=0.0, upper=7000.0),
    *(
        Parameter(name=f"log_{gas}", unit="log10 VMR", lower=-12.0, upper=-1.0)
        for gas in ("H2O", "CO2", "CO", "CH4", "NH3")
    ),
)
