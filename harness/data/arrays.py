"""The type of an array of physical numbers: always float64, since it decides them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
