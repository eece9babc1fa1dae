"""The forward model: opacity files in, transit depths out.

Imports nothing of the harness but its exception.
"""

from __future__ import annotations

from typing import Any

from harness.physics.atmosphere import Layers
from harness.physics.opacity_directory import find_cia, find_cross_sections
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


def __getattr__(name: str) -> Any:
    if name in ("PlanetModel", "PlanetSettings"):
        from harness.physics import planet_model

        return getattr(planet_model, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
