"""The forward model: opacity files in, transit depths out.

Imports nothing of the harness but its exception.
"""

from harness.physics.atmosphere import Layers
from harness.physics.opacity_directory import find_cia, find_cross_sections
from harness.physics.transmission import GASES, TransmissionModel

__all__ = ["GASES", "Layers", "TransmissionModel", "find_cia", "find_cross_sections"]
