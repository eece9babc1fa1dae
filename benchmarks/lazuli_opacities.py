"""Spectra on real line lists, to try the check and the fit of opacities on: POSEIDON's, in lazuli-exo.

PyPI `lazuli-exo` ships spectra that POSEIDON computed on real line lists, isothermal and in chemical
equilibrium. Neither it nor Cantera, which says what the equilibrium is, is a dependency; both live in an
environment of their own:

    python -m venv lazuli && lazuli/bin/pip install lazuli-exo cantera
    python benchmarks/lazuli_opacities.py lazuli.h5 --lazuli lazuli/bin/python
    harness data check simulated:lazuli.h5 --set challenge.opacities=built-in
    harness opacities fit simulated:lazuli.h5 -o learned --set challenge.opacities=built-in

The file is a challenge like any that `harness simulate` writes: noise-free spectra, and the parameters of
Ariel's forward model as far as lazuli's planets have them. Mixing ratios are those of equilibrium at 10 mbar
(Cantera, thermodynamic data of GRI-Mech 3.0, solar elements of Asplund et al. 2021, carbon changed at the
same oxygen, which gives POSEIDON's mean molecular weights to 0.1% at solar metallicity); the radius is moved
to 10 bar. What the forward model cannot be told is left out: mixing ratios that change with height, of
planets where a gas above 1e-7 changes by more than `--reach` between 0.1 mbar and 0.1 bar; sodium and
potassium, with the channels short of `--shortest`; and heavy elements beyond `--metals`.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from harness.challenges.ariel2023.grid import PARAMETERS
from harness.challenges.simulated_file import write_challenge_file
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.data.truth import Truth
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.simulation.instrument import AUXILIARY

REFERENCE = 10.0  # bar, where the forward model has the radius
RESOLUTION, LONGEST = 40, 1.84  # of the channels; um
NOISE = 50e-6  # of every channel
GASES = ("H2O", "CO2", "CO", "CH4", "NH3")
LEAST = 1e-7  # mixing ratio from which on a gas may show
SPLITS = ("train", "valid", "test")

MAKE = """
import json, sys
import cantera
import numpy as np
from lazuli_exo.atmosphere import grid_wavelengths, transmission_depth

GASES = ("H2O", "CO2", "CO", "CH4", "NH3")
LEVELS = (1e-4, 1e-3, 1e-2, 1e-1)  # bar
HELIUM, OXYGEN, NITROGEN = 0.082, 4.90e-4, 6.76e-5  # for each hydrogen atom (Asplund et al. 2021)
solution = cantera.Solution("gri30.yaml")

def mixing(planet):
    metals = 10 ** planet["log_met"]
    atoms = {"H": 1.0, "O": OXYGEN * metals, "C": OXYGEN * planet["c_to_o"] * metals,
             "N": NITROGEN * metals, "AR": HELIUM}  # argon stands for helium, which is not among the species
    found = []
    for level in LEVELS:
        solution.TPX = planet["T_eq_K"], level * 1e5, atoms
        solution.equilibrate("TP")
        found.append([float(solution[gas].X[0]) for gas in GASES])
    return found

wavelength = grid_wavelengths()
asked = json.load(sys.stdin)
for planet in asked["planets"]:
    depth, told = transmission_depth(wavelength, **planet)
    mean = [float(depth[(wavelength >= a) & (wavelength < b)].mean()) for a, b in asked["edges"]]
    print(json.dumps({"depth": mean, "height": told["H_over_Rp"], "level": told["zeta_ref"],
                      "mixing": mixing(planet)}))
"""


def drawn(planets: int, metals: float, seed: int) -> list[dict[str, float]]:
    """Planets to ask lazuli for."""
    generator = np.random.default_rng(seed)
    return [
        {
            "T_eq_K": float(generator.uniform(500, 2000)),
            "R_p_RJ": float(generator.uniform(0.9, 1.5)),
            "M_p_MJ": float(np.exp(generator.uniform(np.log(0.3), np.log(2.0)))),
            "R_s_RSun": float(generator.uniform(0.8, 1.3)),
            "log_met": float(generator.uniform(-1.0, metals)),
            "c_to_o": float(generator.uniform(0.3, 0.8)),
        }
        for _ in range(planets)
    ]


def made(lazuli: str, planets: Sequence[dict[str, float]], edges: Sequence[float]) -> list[dict[str, Any]]:
    """What lazuli and Cantera say of each planet."""
    done = subprocess.run(
        [lazuli, "-c", MAKE],
        input=json.dumps({"planets": planets, "edges": list(pairwise(edges))}),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def changes(told: dict[str, Any]) -> float:
    """By how much mixing ratios change with height, of the gases that may show [dex]."""
    mixing = np.array(told["mixing"])  # level, gas
    shows = mixing.max(axis=0) > LEAST
    spread = np.log10(mixing.clip(1e-12)).max(axis=0) - np.log10(mixing.clip(1e-12)).min(axis=0)
    return float(spread[shows].max()) if shows.any() else 0.0


def split_of(name: str, planets: Sequence[tuple[dict[str, float], dict[str, Any]]]) -> Split:
    """The planets as a split of a challenge has them."""
    parameters, auxiliary = [], []
    for asked, told in planets:
        # the radius is linear in the logarithm of pressure as 1/r: hydrostatic, isothermal, gravity as 1/r^2
        radius = asked["R_p_RJ"] / (1 - told["height"] * (-math.log(REFERENCE) - told["level"]))
        gases = [math.log10(max(ratio, 1e-12)) for ratio in told["mixing"][2]]
        parameters.append([radius, asked["T_eq_K"], *gases])
        auxiliary.append([asked["R_s_RSun"] * SUN_RADIUS, asked["M_p_MJ"] * JUPITER_MASS])
    depth = torch.tensor([told["depth"] for _, told in planets], dtype=torch.float64)
    seen = Observations(
        np.array([f"{name}{number + 1}" for number in range(len(planets))]),
        depth,
        torch.full_like(depth, NOISE),
        torch.tensor(auxiliary, dtype=torch.float64),
    )
    return Split(seen, Truth(torch.tensor(parameters, dtype=torch.float64)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", type=Path, help="the challenge's file, .h5")
    parser.add_argument(
        "--lazuli", required=True, help="Python of the environment with lazuli-exo and Cantera"
    )
    parser.add_argument("--planets", type=int, default=2000, help="to ask for; a fifth is for validation")
    parser.add_argument("--shortest", type=float, default=0.95, help="end of the channels [um]")
    parser.add_argument(
        "--metals", type=float, default=0.5, help="largest log10 of metallicity over the Sun's"
    )
    parser.add_argument(
        "--reach", type=float, default=0.3, help="change with height that is let through [dex]"
    )
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    count = int(RESOLUTION * math.log(LONGEST / asked.shortest))
    edges = np.geomspace(asked.shortest, LONGEST, count + 1).tolist()
    schema = Schema(
        parameters=PARAMETERS,
        wavelength=tuple((low + high) / 2 for low, high in pairwise(edges)),
        width=tuple(high - low for low, high in pairwise(edges)),
        auxiliary=AUXILIARY,
    )
    planets = drawn(asked.planets, asked.metals, asked.seed)
    told = made(asked.lazuli, planets, edges)
    kept = [pair for pair in zip(planets, told, strict=True) if changes(pair[1]) <= asked.reach]
    print(f"{len(kept)} of {len(planets)} planets have mixing ratios that the forward model can be told")
    fifth = len(kept) // 5
    parts = (kept[2 * fifth :], kept[:fifth], kept[fifth : 2 * fifth])
    splits = {name: split_of(name, part) for name, part in zip(SPLITS, parts, strict=True)}
    command = f"lazuli_opacities.py --planets {asked.planets} --seed {asked.seed}"
    write_challenge_file(asked.target, schema, splits, command, "")
    for name, split in splits.items():
        print(f"{name}: {len(split)} planets, {count} channels, {asked.shortest:g} to {LONGEST:g} um")


if __name__ == "__main__":
    main()
