"""Small opacity files with lines, on a grid fine enough to have some within every channel."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from harness.physics import GASES

WAVENUMBER = np.geomspace(1150, 25000, 4000)
TEMPERATURE = np.array([100.0, 500, 1000, 2000, 4000])
PRESSURE = np.geomspace(1e-2, 1e7, 4)


@pytest.fixture(scope="session")
def lined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of five gases, each with bands and lines of its own, and of H2-H2."""
    directory = tmp_path_factory.mktemp("lined")
    for number, gas in enumerate(GASES):
        random = np.random.default_rng(number)
        log = np.full((len(PRESSURE), len(TEMPERATURE), len(WAVENUMBER)), -27.0)
        for centre in random.uniform(WAVENUMBER[0], WAVENUMBER[-1], 6):
            log += 6 * np.exp(-(((WAVENUMBER - centre) / (0.1 * centre)) ** 2))
        log += random.normal(0, 0.7, len(WAVENUMBER))
        with h5py.File(directory / f"{gas}.h5", "w") as file:
            file["bin_edges"], file["t"], file["p"] = WAVENUMBER, TEMPERATURE, PRESSURE
            file["xsecarr"] = 10**log
            for name, unit in (("bin_edges", "cm-1"), ("t", "K"), ("p", "Pa"), ("xsecarr", "cm2")):
                file[name].attrs["units"] = unit
            file["mol_name"] = np.array([gas.encode()])
    grid = np.linspace(1000.0, 26000.0, 26)
    lines = []
    for temperature in (100.0, 1000.0, 4000.0):
        lines.append(f"{'H2-H2':>20}{grid[0]:10.3f}{grid[-1]:10.3f}{len(grid):7d}{temperature:7.1f}")
        lines += [f"{one:10.3f} {temperature * 1e-48:10.3e}" for one in grid]
    (directory / "H2-H2.cia").write_text("\n".join(lines) + "\n")
    return directory
