"""The built-in opacities for real spectra beside spectra that POSEIDON computed on real lists of lines.

    python benchmarks/wide_band_model.py GRID [--temperature 1400] [--json]

GRID is `lazuli_exo/data/tables/atmo/zeta_grid.npz` of the package lazuli-exo (PyPI, BSD): the level at
which isothermal planets of equilibrium chemistry become opaque, from 0.35 to 1.85 um. Taken are solar
abundances, C/O = 0.55, and a planet of 1 R_Jup and 10 m/s2. The grid does not say its mixing ratios: here
they are those of a gas of solar elements in which carbon is CO, and hydrogen's oxygen the rest, so only at
1,200 K and above. Prints, averaged over parts of the spectrum, by how many scale heights the planet model's
radius is larger. Nothing is fitted.
"""

from __future__ import annotations

import argparse
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from harness.physics import PlanetModel, PlanetSettings
from harness.physics.constants import BOLTZMANN, GRAVITATION, JUPITER_MASS, JUPITER_RADIUS, SUN_RADIUS

MASS, ATOMIC_MASS = 7.658235037458796e26, 1.66053906892e-27  # kg
# by number; O 4.9e-4, C 2.7e-4, Na 1.7e-6, K 1.2e-7 of hydrogen, which is H2
MIXING_RATIOS = {"H2O": 3.9e-4, "CO": 4.6e-4, "CO2": 6e-8, "Na": 2.9e-6, "K": 2.1e-7}
RESOLUTION = 100
PARTS = (
    ("Rayleigh scattering", 0.40, 0.45),
    ("blue wing of Na", 0.55, 0.575),
    ("Na", 0.575, 0.605),
    ("red wing of Na", 0.605, 0.63),
    ("between Na and K", 0.63, 0.70),
    ("blue wing of K", 0.70, 0.755),
    ("K", 0.755, 0.785),
    ("red wing of K", 0.785, 0.83),
    ("H2O, 0.94 um", 0.90, 1.00),
    ("window", 1.00, 1.08),
    ("H2O, 1.15 um", 1.08, 1.20),
    ("window", 1.20, 1.33),
    ("H2O, 1.4 um", 1.33, 1.50),
    ("window", 1.50, 1.66),
)


def published(path: Path, temperature: float, edges: np.ndarray) -> tuple[np.ndarray, float]:
    """Transit depths between these edges [um], and what a scale height adds to them."""
    with np.load(path, allow_pickle=False) as grid:
        at = int(np.argmin(np.abs(grid["T_K"] - temperature)))
        if abs(grid["T_K"][at] - temperature) > 1:
            raise SystemExit(f"The grid has the temperatures {grid['T_K'].tolist()} K; choose one of them.")
        solar, ratio = int(np.argmin(np.abs(grid["log_met"]))), int(np.argmin(np.abs(grid["c_to_o"] - 0.55)))
        level = grid["zeta"][at, solar, ratio, 0].astype(np.float64)  # -ln of the pressure [bar]
        wavelength, weight = grid["wavelength_um"], float(grid["mu"][at, solar, ratio]) * ATOMIC_MASS
    slope = BOLTZMANN * temperature / (GRAVITATION * MASS * weight)
    radius = 1 / (1 / JUPITER_RADIUS - (level + np.log(10)) * slope)
    depth = (radius / SUN_RADIUS) ** 2
    binned = [depth[(wavelength >= a) & (wavelength < b)].mean() for a, b in pairwise(edges)]
    return np.array(binned), 2 * JUPITER_RADIUS**3 * slope / SUN_RADIUS**2


def compare(path: Path, temperature: float) -> dict[str, Any]:
    edges = np.geomspace(0.40, 1.80, int(RESOLUTION * np.log(1.8 / 0.4)) + 1)
    centre = (edges[1:] + edges[:-1]) / 2
    theirs, height = published(path, temperature, edges)
    settings = PlanetSettings(tuple(MIXING_RATIOS))
    model = PlanetModel.from_files("built-in", settings, centre, np.diff(edges))
    row = [1.0, temperature, *np.log10(list(MIXING_RATIOS.values()))]
    ours = model.binned(torch.tensor([row]), 1.0, MASS / JUPITER_MASS)[0].double().numpy()
    difference = (ours - theirs) / height
    parts = [
        {
            "part": name,
            "from [um]": low,
            "to [um]": high,
            "scale heights": float(difference[(centre >= low) & (centre < high)].mean()),
        }
        for name, low, high in PARTS
    ]
    rms = float(np.sqrt(np.mean(difference**2)))
    return {"temperature": temperature, "rms [scale heights]": rms, "parts": parts}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("grid", type=Path)
    parser.add_argument("--temperature", type=float, default=1400.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    result = compare(arguments.grid, arguments.temperature)
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['temperature']:g} K, rms {result['rms [scale heights]']:.2f} scale heights")
    for part in result["parts"]:
        where = f"{part['from [um]']:.3f}-{part['to [um]']:.3f} um"
        print(f"{part['part']:24}{where:18}{part['scale heights']:+.2f}")


if __name__ == "__main__":
    main()
