"""Opacity files that the tests make themselves, and TauREx 3 on the same files as the oracle."""

import functools
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

GASES = ("H2O", "CO2", "CO", "CH4", "NH3")
TEMPERATURE = np.array([100.0, 200, 300, 500, 800, 1100, 1500, 2000, 2600, 3400])  # K
PRESSURE = np.geomspace(1e-5, 1e2, 8)  # bar


def line_spectrum(seed: int, wavenumber: np.ndarray, temperature: np.ndarray, bar: np.ndarray) -> np.ndarray:
    """Cross-sections [cm2] (P, T, W): bands of lines over a continuum, wider with pressure, hotter with T."""
    random = np.random.default_rng(seed)
    log = np.full((len(bar), len(temperature), len(wavenumber)), -29.0)
    for centre in random.uniform(wavenumber[0], wavenumber[-1], 6):
        shape = np.exp(-(((wavenumber - centre) / (0.08 * centre)) ** 2))
        log += random.uniform(2, 7) * shape * (temperature[None, :, None] / 1000) ** 0.2
    lines = random.exponential(1.0, len(wavenumber))
    contrast = 1.5 - 0.15 * np.log10(bar[:, None, None])
    return 10 ** (log + contrast * (lines - 1) + 0.2 * np.sin(temperature[None, :, None] / 400 + lines))


def write_files(
    directory: Path,
    wavenumber: np.ndarray,
    gases: Sequence[str] = GASES,
    temperature: np.ndarray = TEMPERATURE,
    pressure: np.ndarray = PRESSURE,
) -> Path:
    """One TauREx HDF5 file for each gas in a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for gas in gases:
        values = line_spectrum(sum(gas.encode()), wavenumber, temperature, pressure)
        with h5py.File(directory / f"{gas}.h5", "w") as file:
            file["bin_edges"], file["t"], file["p"] = wavenumber, temperature, pressure
            file["xsecarr"] = values
            file["p"].attrs["units"] = "bar"
            file["mol_name"] = np.array([gas.encode()])
    return directory


@pytest.fixture(scope="session")
def write_opacities() -> Callable[..., Path]:
    return write_files


@pytest.fixture(scope="session")
def opacities(write_opacities: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five gases on 400 points from 0.4 to 10 um."""
    return write_opacities(tmp_path_factory.mktemp("opacities"), np.geomspace(1000, 25000, 400))


@pytest.fixture(scope="session")
def cia(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pairs as HITRAN files: H2-H2 in two ranges with unlike temperatures, H2-He in one."""
    directory = tmp_path_factory.mktemp("cia")
    random = np.random.default_rng(5)
    layout = {
        "H2-H2": [(20.0, 9000.0, 60, (200.0, 600.0, 1500.0, 3000.0)), (9100.0, 30000.0, 40, (400.0, 600.0))],
        "H2-He": [(20.0, 20000.0, 50, (100.0, 1000.0, 7000.0))],
    }
    for pair, bands in layout.items():
        with (directory / f"{pair}_2011.cia").open("w") as file:
            for first, last, points, temperatures in bands:
                for temperature in temperatures:
                    file.write(
                        f"{pair:>20} {first:9.3f} {last:9.3f} {points:6d} {temperature:6.1f} 1.0E-44\n"
                    )
                    for wavenumber in np.linspace(first, last, points):
                        value = 1e-45 * random.uniform(-0.05, 1) * (temperature / 1000) ** 0.5
                        file.write(f" {wavenumber:9.3f} {value:10.3E}\n")
    return directory


class Oracle:
    """TauREx 3 with the settings of the Ariel 2023 challenge."""

    def __init__(
        self,
        directory: Path,
        cia_directory: Path | None = None,
        pairs: Sequence[str] = (),
        gases: Sequence[str] = GASES,
        contributions: Sequence[str] = ("absorption", "rayleigh", "cia"),
    ) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._taurex = _import_taurex()
            taurex = self._taurex
            taurex.OpacityCache().clear_cache()
            taurex.OpacityCache().set_opacity_path(str(directory))
            taurex.CIACache().cia_dict = {}
            taurex.CIACache().set_cia_path(str(cia_directory))
            chemistry = taurex.TaurexChemistry(fill_gases=["H2", "He"], ratio=0.17)
            for gas in gases:
                chemistry.addGas(taurex.ConstantGas(gas, mix_ratio=1e-5))
            self.gases = gases
            self._model = taurex.TransmissionModel(
                planet=taurex.Planet(planet_radius=1, planet_mass=1),
                temperature_profile=taurex.Isothermal(1000),
                chemistry=chemistry,
                star=taurex.BlackbodyStar(radius=1),
                atm_min_pressure=1e-5,
                atm_max_pressure=1e6,
                nlayers=100,
            )
            every = {
                "absorption": taurex.AbsorptionContribution,
                "rayleigh": taurex.RayleighContribution,
                "cia": lambda: taurex.CIAContribution(cia_pairs=list(pairs)),
            }
            for name in contributions:
                self._model.add_contribution(every[name]())
            self._model.build()

    def native(
        self, row: np.ndarray, star_radius: float, planet_mass: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Wavenumbers and transit depths of one planet."""
        model = self._model
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model.star._radius = star_radius * self._taurex.RSOL
            model["planet_radius"], model["T"], model["planet_mass"] = row[0], row[1], planet_mass
            for gas, value in zip(self.gases, row[2:], strict=True):
                model[gas] = 10.0**value
            wavenumber, depth, _, _ = model.model()
        return wavenumber, depth

    def natives(self, rows: np.ndarray, star_radius: np.ndarray, planet_mass: np.ndarray) -> np.ndarray:
        """Transit depths of several planets."""
        return np.stack(
            [self.native(row, *rest)[1] for row, *rest in zip(rows, star_radius, planet_mass, strict=True)]
        )

    def bin(self, wavenumber: np.ndarray, depth: np.ndarray, wavelength: np.ndarray, width: np.ndarray):
        """Transit depths in channels, in ascending wavenumber."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            binner = self._taurex.FluxBinner(1e4 / wavelength, 1e4 * width / wavelength**2)
            return binner.bindown(wavenumber, depth)[1]


def _import_taurex() -> SimpleNamespace:
    from taurex import (
        binning,
        cache,
        chemistry,
        constants,
        contributions,
        log,
        model,
        planet,
        stellar,
        temperature,
        util,
    )
    from taurex.data import planet as planets

    # units are looked up anew for every layer, which takes a fifth of the time
    planets.conversion_factor = util.conversion_factor = functools.cache(util.conversion_factor)
    log.disableLogging()
    log.Logger.debug = lambda *_: None  # what nobody reads takes a fifth of the time
    modules = (binning, cache, chemistry, constants, contributions, model, planet, stellar, temperature)
    return SimpleNamespace(**{name: value for module in modules for name, value in vars(module).items()})


@pytest.fixture(scope="session")
def oracle() -> type[Oracle]:
    return Oracle
