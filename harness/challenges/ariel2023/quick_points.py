"""The few wavenumbers of the quick forward model with the built-in opacities, fitted beforehand.

To fit them takes longer than to simulate ten thousand spectra. `python benchmarks/quick_points.py --write`
fits them anew when the band model or the channels change, and measures what they lose.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness.physics.reduced_model import Quadrature

FILE = Path(__file__).with_name("quick_points.npz")


def kept_quadrature(
    identity: str, wavelength: Sequence[float], width: Sequence[float], path: Path = FILE
) -> Quadrature | None:
    """The kept points, if they were fitted for these opacities and channels.

    Arguments:
        identity: of the forward model on all wavenumbers.
        wavelength: channel centres [um].
        width: channel widths [um].
        path: where they are kept.
    """
    from harness.physics.reduced_model import Quadrature

    with np.load(path, allow_pickle=False) as kept:
        same = str(kept["identity"]) == identity and all(
            np.array_equal(kept[name], np.asarray(channels))
            for name, channels in (("wavelength", wavelength), ("width", width))
        )
        return Quadrature(kept["wavenumber"], kept["weights"]) if same else None


def keep_quadrature(
    quadrature: Quadrature, identity: str, wavelength: Sequence[float], width: Sequence[float], path: Path
) -> None:
    """Write points for `kept_quadrature` to find."""
    np.savez_compressed(
        path,
        identity=np.array(identity),
        wavelength=np.asarray(wavelength),
        width=np.asarray(width),
        wavenumber=quadrature.wavenumber,
        weights=quadrature.weights,
    )
