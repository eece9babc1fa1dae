"""A blind test of `harness retrieve`: spectra on real line lists, by a package that nobody here wrote.

PyPI `lazuli-exo` ships spectra that POSEIDON computed on real line lists, in chemical equilibrium. It is no
dependency and lives in an environment of its own:

    python -m venv lazuli && lazuli/bin/pip install lazuli-exo
    python benchmarks/lazuli_blind.py --lazuli lazuli/bin/python --planets 20 --kept lazuli.jsonl

What each planet gave is kept in a file, a line each, so that an interrupted test goes on. Each planet is
seen through SOSS-like and WFC3-like channels, with noise, and retrieved on the built-in band model with a
cloud deck. Printed is how far temperature, radius and water land from the truth, apart for planets that the
retrieval itself calls unexplained (posterior predictive p-value below 0.01: the alarm) and the others.
Water's truth is that of equilibrium in words: oxygen that is not in carbon monoxide, where it is hot; all
of it, where it is cold; good to about 0.2 dex.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

REFERENCE = 0.01  # bar, where the retrieval has the radius
OXYGEN = 4.9e-4  # for each hydrogen atom in the Sun (Asplund et al. 2021)
PARTICLES = 0.583  # for each hydrogen atom: H2 and He
HALF_METHANE = 950.0  # K, where methane and carbon monoxide share the carbon at about 0.1 bar
ALARM = 0.01  # posterior predictive p-value below which the retrieval says so itself
RESOLUTION, SOSS, WFC3 = 40, (0.85, 1.80), (1.12, 1.65)
ERRORS = {"soss": 50e-6, "wfc3": 40e-6}

MAKE = """
import json, sys
import numpy as np
from lazuli_exo.atmosphere import grid_wavelengths, transmission_depth
for planet in json.load(sys.stdin):
    edges = planet.pop("edges")
    wavelength = grid_wavelengths()
    depth, told = transmission_depth(wavelength, **planet)
    mean = [float(depth[(wavelength >= a) & (wavelength < b)].mean()) for a, b in edges]
    print(json.dumps({"depth": mean, "height": told["H_over_Rp"], "level": told["zeta_ref"]}))
"""


def channels() -> list[tuple[str, float, float]]:
    """Instrument, short and long end [um] of every channel."""
    found = []
    for name, (low, high) in (("soss", SOSS), ("wfc3", WFC3)):
        count = int(RESOLUTION * math.log(high / low))
        edges = np.geomspace(low, high, count + 1)
        found += [(name, float(one), float(other)) for one, other in pairwise(edges)]
    return found


def drawn(planets: int, seed: int) -> list[dict[str, float | None]]:
    """Planets to see, every other one with a cloud deck."""
    generator = np.random.default_rng(seed)
    return [
        {
            "T_eq_K": float(generator.uniform(700, 1800)),
            "R_p_RJ": float(generator.uniform(0.9, 1.5)),
            "M_p_MJ": float(np.exp(generator.uniform(np.log(0.3), np.log(1.2)))),
            "R_s_RSun": float(generator.uniform(0.8, 1.3)),
            "log_met": float(generator.uniform(-0.5, 1.5)),
            "c_to_o": float(generator.choice([0.3, 0.55])),
            "log_P_cloud_bar": float(generator.uniform(-3, -1)) if at % 2 else None,
        }
        for at in range(planets)
    ]


def water(planet: dict[str, Any]) -> float:
    """log10 of the mixing ratio of water."""
    in_monoxide = planet["c_to_o"] / (1 + math.exp((HALF_METHANE - planet["T_eq_K"]) / 60))
    return math.log10(OXYGEN * (1 - in_monoxide) / PARTICLES) + planet["log_met"]


def retrieved(
    planet: dict[str, Any], depth: list[float], folder: Path, live: int, seed: int
) -> dict[str, Any]:
    """What `harness retrieve --json` says of the planet's spectrum with noise."""
    generator = np.random.default_rng([seed, 1])
    lines = ["wavelength [um],full width,depth,error,instrument"]
    for (name, low, high), seen in zip(channels(), depth, strict=True):
        error = ERRORS[name]
        noisy = seen + error * generator.normal()
        lines.append(f"{(low + high) / 2:.6f},{high - low:.6f},{noisy:.9f},{error},{name}")
    folder.mkdir()
    (folder / "seen.csv").write_text("\n".join(lines) + "\n")
    words = [sys.executable, "-m", "harness", "retrieve", folder / "seen.csv", "--json"]
    words += ["--star-radius", planet["R_s_RSun"], "--planet-mass", planet["M_p_MJ"]]
    words += ["--gases", "H2O,CH4,NH3,Na,K", "--clouds", "deck", "--live-points", live, "--effective", 400]
    words += ["--units", "depth=fraction", "-o", folder / "out", "--home", folder / "home"]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lazuli", required=True, help="Python of the environment that has lazuli-exo")
    parser.add_argument("--planets", type=int, default=20)
    parser.add_argument("--live-points", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", type=Path, default=Path("lazuli.jsonl"), help="where results are kept")
    asked = parser.parse_args()
    planets = drawn(asked.planets, asked.seed)
    ends = [(low, high) for _, low, high in channels()]
    made = subprocess.run(
        [asked.lazuli, "-c", MAKE],
        input=json.dumps([{**planet, "edges": ends} for planet in planets]),
        capture_output=True,
        text=True,
        check=True,
    )
    print(f"{len(ends)} channels; truth, then found - truth in units of the 68% interval's half")
    print("  T [K]  R [R_Jup]  log H2O  deck |    dT [K]   sigma  dR [R_Jup]    sigma     dH2O    sigma  p")
    rows = kept_rows(asked.kept)
    for row in rows[: asked.planets]:
        print(line_of(row))
    for at, (planet, line) in enumerate(zip(planets, made.stdout.splitlines(), strict=True)):
        if at < len(rows):
            continue
        told = json.loads(line)
        with tempfile.TemporaryDirectory() as name:
            found = retrieved(planet, told["depth"], Path(name) / "work", asked.live_points, asked.seed + at)
        rows.append(compared(planet, told, found))
        with asked.kept.open("a") as file:
            file.write(json.dumps(rows[-1]) + "\n")
        print(line_of(rows[-1]), flush=True)
    summarise(rows[: asked.planets])


def kept_rows(path: Path) -> list[dict[str, Any]]:
    """What was found for the first planets, by an earlier call."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def compared(planet: dict[str, Any], told: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Truth, what is off and by how many halves of the 68% interval: of temperature, radius and water."""
    radius = planet["R_p_RJ"] / (1 - told["height"] * (-math.log(REFERENCE) - told["level"]))
    truth = {"planet_temp": planet["T_eq_K"], "planet_radius": radius, "log_H2O": water(planet)}
    of = {one["name"]: one for one in found["parameters"]}
    off = [of[key]["median"] - value for key, value in truth.items()]
    halves = [(of[key]["upper"] - of[key]["lower"]) / 2 for key in truth]
    return {
        "truth": list(truth.values()),
        "deck": planet["log_P_cloud_bar"],
        "off": off,
        "sigma": [one / half for one, half in zip(off, halves, strict=True)],
        "p": found["posterior_predictive_p_value"],
    }


def line_of(row: dict[str, Any]) -> str:
    """A planet, for the screen."""
    temperature, radius, ratio = row["truth"]
    deck = "none" if row["deck"] is None else f"{row['deck']:4.1f}"
    pairs = zip(row["off"], row["sigma"], strict=True)
    cells = "  ".join(f"{off:+9.3f}  {sigma:+7.2f}" for off, sigma in pairs)
    return f"{temperature:7.0f}  {radius:9.3f}  {ratio:7.2f}  {deck} | {cells}  {row['p']:.2g}"


def summarise(rows: list[dict[str, Any]]) -> None:
    """Print how far it lands from the truth, of all planets and of those with and without the alarm."""
    for name, chosen in (
        ("all", rows),
        ("no alarm", [row for row in rows if row["p"] >= ALARM]),
        ("alarm", [row for row in rows if row["p"] < ALARM]),
    ):
        if chosen:
            off_by = np.median(np.abs([row["off"] for row in chosen]), axis=0)
            sigma = np.abs([row["sigma"] for row in chosen])
            within, far = (sigma < 1).sum(axis=0), (sigma < 3).sum(axis=0)
            print(
                f"{name} ({len(chosen)}): median |dT| {off_by[0]:.0f} K, |dR| {off_by[1]:.4f} R_Jup, |dH2O| "
                f"{off_by[2]:.2f} dex; within 1 sigma {within}, within 3 {far}"
            )


if __name__ == "__main__":
    main()
