"""How fast and how exact the planet model is: beside TauREx 3, with fewer layers, and reduced.

    python benchmarks/planet_model.py [--batch 128] [--rounds 5] [--spectrum FILE] [--json]

First on opacity files of five molecules that the tests make (8,500 points), isothermal and with Guillot's
profile, in turns with TauREx (with numba, if it is installed). Then on the built-in opacities with ten gases,
Guillot's profile, and patchy clouds, in the channels of a spectrum (150 even in log wavelength from 0.52 to
5.35 um by default): 100 layers, 50 layers, and reduced models. Differences are over planets drawn from the
whole bounds of the parameters, and over planets near one like WASP-39 b.

Times are those of one thread on the processor, which other work on the machine disturbs least; the best of
the rounds counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from of_tests import module_of_tests

from harness.physics import GASES, PlanetModel, PlanetSettings

MANY = ("H2O", "CO2", "CO", "CH4", "SO2", "H2S", "HCN", "NH3", "Na", "K")
STAR, MASS = 0.932, 0.281
NEAR = {
    "planet_radius": 1.27,
    "irradiation_temp": 1500.0,
    "log_kappa_ir": -3.0,
    "log_gamma": -0.5,
    "log_H2O": -3.9,
    "log_CO2": -5.7,
    "log_CO": -4.4,
    "log_SO2": -6.3,
    "log_H2S": -5.0,
    "log_Na": -5.5,
    "log_K": -7.0,
    "log_cloud_pressure": 3.5,
    "log_haze": 1.0,
    "haze_slope": -4.0,
    "cloud_fraction": 0.4,
}
BOUNDS = {"planet_radius": (1.0, 1.5)}


def best_of(works: dict[str, tuple[Callable[[], Any], int]], rounds: int) -> dict[str, float]:
    """Milliseconds a spectrum of each."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, (work, number) in works.items():
            start = time.process_time()
            work()
            best[name] = min(best[name], (time.process_time() - start) / number)
    return {name: 1e3 * value for name, value in best.items()}


def drawn(settings: PlanetSettings, number: int, spread: float | None = None) -> torch.Tensor:
    """Parameters from the whole bounds, or around `NEAR` with a spread relative to them."""
    limits = {**{name: bounds for name, (_, bounds) in settings.parameters.items()}, **BOUNDS}
    low, high = np.array(list(limits.values())).T
    random = np.random.default_rng(7)
    if spread is None:
        return torch.as_tensor(random.uniform(low, high, (number, len(low))))
    middle = np.array([NEAR.get(name, -8.0) for name in limits])
    return torch.as_tensor(middle + spread * (high - low) * random.normal(size=(number, len(low))))


def beside_taurex(arguments: argparse.Namespace) -> dict[str, Any]:
    fixtures, planets = (module_of_tests(f"physics/{name}.py") for name in ("conftest", "test_planet_model"))
    few = 4
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fixtures.write_files(
            Path(folder),
            np.geomspace(1250, 25000, 8500),
            temperature=np.linspace(100.0, 3400.0, 27),
            pressure=np.geomspace(1e-5, 1e2, 22),
        )
        for name in ("isothermal", "guillot"):
            settings = PlanetSettings(GASES, temperature=name, cia=False)
            model = PlanetModel.from_files(folder, settings, [4.2], [7.56])
            rows = planets.rows_of(settings, arguments.batch)
            works: dict[str, tuple[Callable[[], Any], int]] = {
                "planet model": (lambda m=model, r=rows: m.native(r, STAR, MASS), len(rows))
            }
            if importlib.util.find_spec("taurex") is not None:
                reference = planets.TaurexPlanet(
                    fixtures.Oracle(Path(folder), contributions=("absorption", "rayleigh")),
                    settings,
                    getattr(planets, name),
                )
                some = rows[:few].numpy()
                works["TauREx"] = (lambda t=reference, r=some: [t.native(row) for row in r], few)
                wavenumber, _ = reference.native(some[0])
                at = np.searchsorted(wavenumber, model.wavenumber.numpy())
                theirs = np.stack([reference.native(row)[1][at] for row in some])
                ours = model.native(rows[:few], planets.STAR, planets.MASS).double().numpy()
                result[f"{name}: largest difference [ppm]"] = 1e6 * np.abs(ours - theirs).max()
            for who, value in best_of(works, arguments.rounds).items():
                result[f"{name}: {who} [ms]"] = value
            result[f"{name}: points"] = len(model.wavenumber)
    return result


def on_a_spectrum(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.spectrum:
        table = np.loadtxt(arguments.spectrum, delimiter=",")
        wavelength, width = table[:, 0], table[:, 1]
    else:
        wavelength = np.geomspace(0.5225, 5.34, 150)
        width = wavelength * np.log(wavelength[1] / wavelength[0])
    settings = PlanetSettings(MANY, temperature="guillot", clouds="patchy", reference_pressure=1e3)
    models = {
        f"{layers} layers": PlanetModel.from_files("built-in", settings, wavelength, width, layers=layers)
        for layers in (100, 50)
    }
    result: dict[str, Any] = {"channels": len(wavelength), "parameters": len(settings.parameter_names)}
    for tolerance in (3e-3, 1e-3):
        start = time.process_time()
        name = f"50 layers reduced to {tolerance:g}"
        models[name] = models["50 layers"].reduced(
            tolerance, bounds=BOUNDS, star_radius=STAR, planet_mass=MASS
        )
        result[f"{name}: seconds to fit"] = time.process_time() - start
    anywhere, near = drawn(settings, arguments.batch), drawn(settings, arguments.batch, 0.05)
    works = {
        name: (lambda m=model: m.binned(anywhere, STAR, MASS), len(anywhere))
        for name, model in models.items()
    }
    for name, value in best_of(works, arguments.rounds).items():
        result[f"{name}: points"] = len(models[name].wavenumber)
        result[f"{name}: [ms]"] = value
    for where, rows in (("anywhere", anywhere), ("near", near)):
        depth = {name: model.binned(rows, STAR, MASS).double() for name, model in models.items()}
        for name in models:
            reference = "100 layers" if name == "50 layers" else "50 layers"
            if name == "100 layers":
                continue
            both = depth[name].isfinite().all(dim=1) & depth[reference].isfinite().all(dim=1)
            difference = 1e6 * (depth[name] - depth[reference])[both].abs()
            result[f"{name} {where}, against {reference}: rms [ppm]"] = float(
                difference.square().mean().sqrt()
            )
            result[f"{name} {where}, against {reference}: 99% below [ppm]"] = float(difference.quantile(0.99))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--spectrum", type=Path, help="comma-separated wavelength and full width [um]")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    result = {**beside_taurex(arguments), **on_a_spectrum(arguments)}
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    for name, value in result.items():
        print(f"{name:64}{value:12.4g}")


if __name__ == "__main__":
    main()
