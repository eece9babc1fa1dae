"""The wavenumbers of the wide band model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.physics.band_model.cross_sections import RESOLVING_POWER

SHORTEST, LONGEST = 0.25, 20.0  # um

# the resolving power of the challenges' grid, ascending, 12,269 points
WAVENUMBER: NDArray[np.float64] = np.geomspace(
    1e4 / LONGEST, 1e4 / SHORTEST, int(RESOLVING_POWER * np.log(LONGEST / SHORTEST))
)
