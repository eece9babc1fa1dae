"""A release whose spectra TauREx itself makes, from opacities with other bands than anybody's.

    harness simulate planets --planets 2000 --test 40
    python benchmarks/taurex_release.py ariel2023:planets release opacities
    harness opacities fit ariel2023:release -o fitted --set challenge.opacities=built-in
    python benchmarks/learned_opacities.py ariel2023:release fitted opacities

The planets, their noise and their traces are those of the challenge that is given. Every gas has a continuum,
bands at random places whose lower states are populated by the temperature, and lines that pressure smears.
With `--wild` the opacities are those that the tests of the forward model make: up to twenty orders of
magnitude from a line list, and swinging with temperature. With `--lacking` a tenth of the planets have one
gas more, which no method knows of.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from of_tests import module_of_tests

from harness.challenges import load
from harness.challenges.ariel2023.writer import write_ariel2023
from harness.data.arrays import Array
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.split import Split
from harness.physics.cross_sections import CrossSections
from harness.physics.write_cross_sections import write_cross_sections

TEMPERATURE = np.array([100.0, 200, 300, 450, 600, 800, 1000, 1250, 1500, 1800, 2200, 2700, 3400])  # K
PRESSURE, BAR = np.geomspace(1e-6, 1e2, 9), 1e5  # bar, and that in Pa
CONTINUUM, WEAKEST, STRONGEST = -27.0, -23.0, -19.5  # log10 of cross-sections [cm2]
BANDS, HIGHEST = 8, 3000.0  # of each gas; K, of a band's lower state
LACKING = ("HCN", 1e-5, 0.1)  # the gas, its mixing ratio, the share of planets that have it


def cross_sections(seed: int, wavenumber: Array) -> Array:
    """Cross-sections [cm2] (pressures, temperatures, W)."""
    random = np.random.default_rng(seed)
    lines = random.normal(size=len(wavenumber))
    values = np.full((len(PRESSURE), len(TEMPERATURE), len(wavenumber)), 10**CONTINUUM)
    contrast = 0.6 - 0.1 * np.log10(PRESSURE)[:, None]
    smeared = 10 ** (contrast * lines - contrast**2 * np.log(10) / 2)  # of mean one
    for _ in range(BANDS):
        centre = np.exp(random.uniform(*np.log(wavenumber[[0, -1]])))
        shape = np.exp(-(((wavenumber - centre) / (random.uniform(0.03, 0.12) * centre)) ** 2))
        state = np.exp(-random.uniform(0, HIGHEST) * (1 / TEMPERATURE - 1e-3))
        strength = 10 ** random.uniform(WEAKEST, STRONGEST)
        values += strength * state[None, :, None] * (shape * smeared)[:, None, :]
    return values


def write_opacities(directory: Path, wavenumber: Array, gases: Sequence[str]) -> None:
    """One HDF5 file for each gas, as TauREx reads them."""
    directory.mkdir()
    for seed, gas in enumerate(gases):
        path, values = directory / f"{gas}.h5", cross_sections(seed, wavenumber)
        table = CrossSections(gas, path, "HDF5", wavenumber, TEMPERATURE, PRESSURE * BAR, values.__getitem__)
        write_cross_sections(path, table, wavenumber, values, "bands at random places")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("challenge")
    parser.add_argument("release", type=Path)
    parser.add_argument("opacities", type=Path)
    parser.add_argument("--points", type=int, default=2000, help="wavenumbers of the opacities")
    parser.add_argument("--wild", action="store_true", help="opacities as the tests make them")
    parser.add_argument("--lacking", action="store_true", help="a gas more in a tenth of the planets")
    arguments = parser.parse_args()
    tests = module_of_tests("physics/conftest.py")

    gases = (*tests.GASES, LACKING[0]) if arguments.lacking else tests.GASES
    write = tests.write_files if arguments.wild else write_opacities
    write(arguments.opacities, np.geomspace(1250, 25000, arguments.points), gases)
    oracle = tests.Oracle(arguments.opacities, gases=gases, contributions=("absorption", "rayleigh"))
    challenge = load(arguments.challenge)
    wavelength, width = np.asarray(challenge.schema.wavelength), np.asarray(challenge.schema.width)
    random = np.random.default_rng(0)

    def made(split: Split) -> Split:
        parameters, seen = split.parameters.double().numpy(), split.observations
        star, mass = (facts.double().numpy() for facts in host_facts(seen, challenge.schema))
        if arguments.lacking:
            has = random.random(len(parameters)) < LACKING[2]
            further = np.log10(np.where(has, LACKING[1], 1e-20))
            parameters = np.column_stack([parameters, further])
        spectra = []
        for planet, row in enumerate(parameters):
            native = oracle.native(row, star[planet], mass[planet])
            spectra.append(oracle.bin(*native, wavelength, width)[np.argsort(np.argsort(1e4 / wavelength))])
            if planet % 200 == 199:
                print(f"{planet + 1} of {len(parameters)} spectra", flush=True)
        spectrum = torch.from_numpy(np.stack(spectra)).to(seen.spectrum)
        return replace(
            split, observations=Observations(seen.planet_ids, spectrum, seen.noise, seen.auxiliary)
        )

    splits = {name: made(split) for name, split in challenge.splits.items()}
    write_ariel2023(arguments.release, challenge.schema, splits)


if __name__ == "__main__":
    main()
