"""A small directory in the layout of the Ariel 2023 release, written without the harness."""

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest

AUXILIARY = [
    "planet_ID",
    "star_distance",
    "star_mass_kg",
    "star_radius_m",
    "star_temperature",
    "planet_mass_kg",
    "planet_orbital_period",
    "planet_distance",
    "planet_surface_gravity",
]
PARAMETERS = ["planet_radius", "planet_temp", "log_H2O", "log_CO2", "log_CO", "log_CH4", "log_NH3"]
WAVELENGTH = np.array([0.55, 0.7, 0.95, 1.156375, 1.27490344])
WIDTH = np.array([0.10083333, 0.20416667, 0.30767045, 0.11301861, 0.12460302])


def write_table(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def write_spectra(path: Path, planets: list[str], generator: np.random.Generator) -> None:
    with h5py.File(path, "w") as file:
        for planet in planets:
            group = file.create_group(f"Planet_{planet}")
            group["instrument_wlgrid"] = WAVELENGTH
            group["instrument_spectrum"] = generator.uniform(7e-3, 9e-3, len(WAVELENGTH))
            group["instrument_noise"] = generator.uniform(1e-5, 1e-4, len(WAVELENGTH))
            group["instrument_width"] = WIDTH


def write_release(root: Path, n_planets: int = 20, n_test: int = 4) -> None:
    """Training planets train1, train2, ..., every third with a trace; test planets without a truth."""
    generator = np.random.default_rng(1)
    for folder, name, n in (("TrainingData", "train", n_planets), ("TestData", "test", n_test)):
        (root / folder).mkdir(parents=True)
        planets = [f"{name}{i + 1}" for i in range(n)]
        rows = [[planet, *generator.uniform(1, 1e30, 8)] for planet in planets]
        write_table(root / folder / "AuxillaryTable.csv", AUXILIARY, rows)
        write_spectra(root / folder / "SpectralData.hdf5", planets, generator)
    truth = root / "TrainingData" / "Ground Truth Package"
    truth.mkdir()
    planets = [f"train{i + 1}" for i in range(n_planets)]
    parameters = [[i, planet, *_parameters(generator, 1)[0]] for i, planet in enumerate(planets)]
    write_table(truth / "FM_Parameter_Table.csv", ["", "planet_ID", *PARAMETERS], parameters)
    quartiles = [[i, planet, *([0.5] * 21)] for i, planet in enumerate(planets)]
    header = ["", "planet_ID", *(f"{name}_q{i}" for name in PARAMETERS for i in (1, 2, 3))]
    write_table(truth / "QuartilesTable.csv", header, quartiles)
    with h5py.File(truth / "Tracedata.hdf5", "w") as file:
        for i, planet in enumerate(planets):
            group = file.create_group(f"Planet_{planet}")
            if i % 3:
                group["tracedata"] = np.array([np.nan])
                group["weights"] = np.array([np.nan])
            else:
                group["tracedata"] = _parameters(generator, 30 + i)
                group["weights"] = generator.dirichlet(np.ones(30 + i))


def _parameters(generator: np.random.Generator, n: int) -> np.ndarray:
    return np.column_stack(
        [generator.uniform(0.1, 2, n), generator.uniform(500, 2000, n), generator.uniform(-9, -3, (n, 5))]
    )


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A directory of 20 training planets, seven with a trace, and four test planets without a truth."""
    root = tmp_path / "release"
    write_release(root)
    return root
