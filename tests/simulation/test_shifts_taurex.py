"""Clouds, temperature profiles and a further absorber against TauREx 3 on the same opacity files."""

import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from harness.physics import Layers, TransmissionModel
from harness.physics.ariel_channels import WAVELENGTH, WIDTH
from harness.simulation.absorber import HYDROGEN_CYANIDE
from harness.simulation.layered import LayeredModel
from harness.simulation.population import Population, draw_population
from harness.simulation.shifts import Clouds, Profile, Species

PPM = 1e-6
GASES = ("H2O", "CO2", "CO", "CH4", "NH3")
WAVENUMBER = np.geomspace(1200, 25000, 300)
TEMPERATURE = np.array([100.0, 300, 600, 1000, 1500, 2200, 3000])


@pytest.fixture(scope="module")
def opacities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five gases with bands of lines, and the stand-in for HCN as a file that TauREx can read."""
    directory = tmp_path_factory.mktemp("opacities")
    pressure = np.geomspace(1e-6, 1e2, 9)
    random = np.random.default_rng(4)
    for gas in GASES:
        log = np.full((len(pressure), len(TEMPERATURE), len(WAVENUMBER)), -28.0)
        for centre in random.uniform(WAVENUMBER[0], WAVENUMBER[-1], 6):
            log += 6 * np.exp(-(((WAVENUMBER - centre) / (0.1 * centre)) ** 2))
        log += random.normal(0, 0.5, len(WAVENUMBER)) * (1 - 0.1 * np.log10(pressure))[:, None, None]
        log += 0.5 * np.log10(TEMPERATURE / 1000)[:, None]
        _write(directory / f"{gas}.h5", gas, 10**log, pressure)
    constant = HYDROGEN_CYANIDE.cross_section(torch.as_tensor(WAVENUMBER)).numpy() * 1e4
    _write(directory / "HCN.h5", "HCN", np.tile(constant, (len(pressure), len(TEMPERATURE), 1)), pressure)
    return directory


def _write(path: Path, gas: str, values: np.ndarray, pressure: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        file["bin_edges"], file["t"], file["p"], file["xsecarr"] = WAVENUMBER, TEMPERATURE, pressure, values
        file["p"].attrs["units"] = "bar"
        file["mol_name"] = np.array([gas.encode()])


@pytest.fixture(scope="module")
def population() -> Population:
    return draw_population(12, np.random.default_rng(9))


def taurex(
    opacities: Path,
    population: Population,
    temperatures: np.ndarray,
    cloud_tops: np.ndarray | None = None,
    cyanide: np.ndarray | None = None,
) -> np.ndarray:
    """Transit depths in the channels (N, 52), planet by planet."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        from taurex import constants
        from taurex.binning import FluxBinner
        from taurex.cache import OpacityCache
        from taurex.chemistry import ConstantGas, TaurexChemistry
        from taurex.contributions import (
            AbsorptionContribution,
            RayleighContribution,
            SimpleCloudsContribution,
        )
        from taurex.data.profiles.temperature.temparray import TemperatureArray
        from taurex.log import disableLogging
        from taurex.model import TransmissionModel as Model
        from taurex.planet import Planet
        from taurex.stellar import BlackbodyStar

        disableLogging()
        OpacityCache().clear_cache()
        OpacityCache().set_opacity_path(str(opacities))
        wavelength, width = np.array(WAVELENGTH), np.array(WIDTH)
        binner = FluxBinner(1e4 / wavelength, 1e4 * width / wavelength**2)
        spectra = []
        for row, parameters in enumerate(population.parameters):
            chemistry = TaurexChemistry(fill_gases=["H2", "He"], ratio=0.17)
            for gas, log in zip(GASES, parameters[2:], strict=True):
                chemistry.addGas(ConstantGas(gas, mix_ratio=10**log))
            if cyanide is not None:
                chemistry.addGas(ConstantGas("HCN", mix_ratio=cyanide[row]))
            star = BlackbodyStar(radius=1)
            star._radius = population.stars.radius[row] * constants.RSOL
            model = Model(
                planet=Planet(planet_radius=parameters[0], planet_mass=population.planet_mass_jupiter[row]),
                temperature_profile=TemperatureArray(temperatures[row]),
                chemistry=chemistry,
                star=star,
                atm_min_pressure=1e-5,
                atm_max_pressure=1e6,
                nlayers=100,
            )
            model.add_contribution(AbsorptionContribution())
            model.add_contribution(RayleighContribution())
            if cloud_tops is not None:
                model.add_contribution(SimpleCloudsContribution(clouds_pressure=cloud_tops[row]))
            model.build()
            wavenumber, depth, _, _ = model.model()
            spectra.append(binner.bindown(wavenumber, depth)[1][::-1])
    return np.stack(spectra)


def inputs(population: Population) -> tuple[torch.Tensor, ...]:
    columns = (population.parameters, population.stars.radius, population.planet_mass_jupiter)
    return tuple(torch.as_tensor(column) for column in columns)


def isothermal(population: Population) -> np.ndarray:
    return np.repeat(population.parameters[:, 1:2], Layers().number, axis=1)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-3 * PPM), (torch.float32, 0.3 * PPM)])
def test_cloudy_planets_are_those_of_taurex(opacities, population, dtype, tolerance):
    tops = Clouds().cloud_tops(len(population), np.random.default_rng(0))
    tops[:2] = 1e-6, 1e7  # clouds over the whole atmosphere, and under it
    theirs = taurex(opacities, population, isothermal(population), cloud_tops=tops)
    model = LayeredModel.from_files(opacities, dtype=dtype)
    ours = model.binned(*inputs(population), cloud_top=torch.as_tensor(tops))
    np.testing.assert_allclose(ours.double().numpy(), theirs, rtol=0, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-3 * PPM), (torch.float32, 0.3 * PPM)])
def test_planets_with_a_temperature_profile_are_those_of_taurex(opacities, population, dtype, tolerance):
    profile = Profile().temperatures(population, np.random.default_rng(0))
    profile[0] = np.linspace(4000, 60, 100)  # beyond both ends of the table
    theirs = taurex(opacities, population, profile)
    model = LayeredModel.from_files(opacities, dtype=dtype)
    ours = model.binned(*inputs(population), temperature=torch.as_tensor(profile))
    np.testing.assert_allclose(ours.double().numpy(), theirs, rtol=0, atol=tolerance)


def test_planets_with_a_further_absorber_are_those_of_taurex(opacities, population):
    ratios = Species().mixing_ratios(len(population), np.random.default_rng(0))
    theirs = taurex(opacities, population, isothermal(population), cyanide=ratios)
    model = LayeredModel.from_files(opacities, dtype=torch.float64)
    ours = model.binned(*inputs(population), absorber=(HYDROGEN_CYANIDE, torch.as_tensor(ratios)))
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=0, atol=1e-3 * PPM)


def test_without_a_shift_the_layered_model_is_the_transmission_model(opacities, population):
    layered = LayeredModel.from_files(opacities, dtype=torch.float64).binned(*inputs(population))
    expected = TransmissionModel.from_files(opacities, dtype=torch.float64).binned(*inputs(population))
    np.testing.assert_allclose(layered.numpy(), expected.numpy(), rtol=0, atol=1e-6 * PPM)
