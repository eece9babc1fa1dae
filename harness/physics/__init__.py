"""The forward model: opacity files in, transit depths out.

Imports nothing of the harness but its exception.
"""

from harness.physics.atmosphere import Layers
from harness.physics.opacity_directory import find_cia, find_cross_sections
from harness.physics.planet_model import PlanetModel
from harness.physics.planet_settings import PlanetSettings
from harness.physics.transmission import GASES, TransmissionModel

__all__ = [
    "GASES",
    "Layers",
    "PlanetModel",
    "PlanetSettings",
    "TransmissionModel",
    "find_cia",
    "find_cross_sections",
]
