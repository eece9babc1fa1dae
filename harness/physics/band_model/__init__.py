"""A band model of the opacities of H2O, CO2, CO, CH4 and NH3, and of H2-H2 and H2-He.

It is a band model and not a line list: mean absorption from band centres, integrated band strengths and
their scaling with temperature, and Malkmus' statistics for the lines inside a band. docs/band_model.md
derives it, gives its sources, and compares it with published cross-sections.
"""

from harness.physics.band_model.bands import Band, LineStatistics, Molecule
from harness.physics.band_model.collision_induced import CIA_PAIRS, cia_coefficient
from harness.physics.band_model.cross_sections import (
    PRESSURE,
    TEMPERATURE,
    WAVENUMBER,
    cross_sections,
    mean_cross_section,
)
from harness.physics.band_model.linear_molecules import CO, CO2
from harness.physics.band_model.polyatomic_molecules import CH4, H2O, NH3

MOLECULES = {molecule.name: molecule for molecule in (H2O, CO2, CO, CH4, NH3)}

__all__ = [
    "CIA_PAIRS",
    "MOLECULES",
    "PRESSURE",
    "TEMPERATURE",
    "WAVENUMBER",
    "Band",
    "LineStatistics",
    "Molecule",
    "cia_coefficient",
    "cross_sections",
    "mean_cross_section",
]
