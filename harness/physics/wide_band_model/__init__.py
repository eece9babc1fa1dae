"""The band model of `harness.physics.band_model` with more molecules and alkalis, on a wider grid.

For real spectra, from STIS to MIRI. The challenges' opacities are those of `band_model`, which this leaves as
they are. docs/band_model.md says what it is and how far it can be trusted.
"""

from harness.physics.band_model import MOLECULES as FIRST_MOLECULES
from harness.physics.wide_band_model.alkali import ALKALIS, Alkali, alkali_cross_sections
from harness.physics.wide_band_model.grid import WAVENUMBER
from harness.physics.wide_band_model.hydrocarbons import C2H2, HCN
from harness.physics.wide_band_model.sulphur_molecules import H2S, SO2

MOLECULES = {**FIRST_MOLECULES, **{molecule.name: molecule for molecule in (SO2, H2S, HCN, C2H2)}}

__all__ = ["ALKALIS", "MOLECULES", "WAVENUMBER", "Alkali", "alkali_cross_sections"]
