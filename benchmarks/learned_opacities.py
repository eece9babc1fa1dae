"""How near learned opacities are to those that made a challenge's spectra, where these are known.

    harness opacities foreign -o foreign
    harness simulate release --planets 4000 --opacities foreign
    harness opacities fit ariel2023:release -o fitted --set challenge.opacities=built-in
    python benchmarks/learned_opacities.py ariel2023:release fitted foreign

Prints residuals in units of the noise (median, 90%), with the built-in opacities and with those learned: of
the validation planets, and of planets with the stars, masses, radii and noise of training planets, but 200 to
3,500 K and gases from 1e-12 to 0.1, far beyond what training planets reach.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from harness.challenges import load
from harness.fitted_opacities.planets import Planets
from harness.physics import TransmissionModel
from harness.physics.builtin_opacities import opacity_directory
from harness.physics.constants import JUPITER_RADIUS, SUN_RADIUS

PLANETS = 1000
COLDEST, HOTTEST = 200.0, 3500.0  # K
RAREST, RICHEST = -12.0, -1.0  # log10 of mixing ratios
LARGEST = 4.0  # mean depth over that of the bare disc; beyond it a planet has lost its shape


def everywhere(planets: Planets, truth: TransmissionModel) -> Planets:
    """The planets with other temperatures and gases, and the spectra that the true opacities make of them."""
    generator = torch.Generator().manual_seed(0)
    parameters = planets.parameters.clone()
    n, columns = parameters.shape
    uniform = torch.rand(n, columns - 1, generator=generator, dtype=torch.float64)
    parameters[:, 1] = COLDEST + (HOTTEST - COLDEST) * uniform[:, 0]
    parameters[:, 2:] = RAREST + (RICHEST - RAREST) * uniform[:, 1:]
    with torch.no_grad():
        spectrum = truth.binned(parameters, planets.star_radius, planets.planet_mass).double()
    bare = (parameters[:, 0] * JUPITER_RADIUS / (planets.star_radius * SUN_RADIUS)).square()
    kept = (spectrum.isfinite().all(1) & (spectrum.mean(1) < LARGEST * bare)).nonzero().squeeze(1)
    moved = Planets(parameters, planets.star_radius, planets.planet_mass, spectrum, planets.noise)
    return moved[kept]


def told(name: str, planets: Planets, model: TransmissionModel) -> str:
    """One line of the table."""
    check = planets.check(model)
    beyond = check.beyond / len(planets)
    return f"{name:<34} {len(planets):6d} {check.quantile(0.5):9.4f} {check.quantile(0.9):9.4f} {beyond:9.1%}"


def model_of(
    directory: Path, challenge_channels: tuple[Tensor, Tensor], pairs: list[str] | None, dtype: torch.dtype
):
    """The forward model on a directory of opacities."""
    wavelength, width = challenge_channels
    cia = None if pairs is None else directory
    return TransmissionModel.from_files(
        directory, cia, pairs, wavelength=wavelength, width=width, dtype=dtype
    )


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """Options that name a challenge, the opacities learned from it, and those behind its spectra."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("challenge")
    parser.add_argument("fitted", type=Path, help="directory of the learned opacities")
    parser.add_argument("truth", type=Path, help="directory of the opacities behind the spectra")
    parser.add_argument("--pairs", nargs="*", help="collision-induced absorption behind the spectra")
    return parser


def main() -> None:
    asked = parser_of(__doc__).parse_args()
    challenge = load(asked.challenge)
    schema, cpu = challenge.schema, torch.device("cpu")
    channels = (torch.tensor(schema.wavelength), torch.tensor(schema.width))
    truth = model_of(asked.truth, channels, asked.pairs, torch.float64)
    models = {
        "built-in": model_of(opacity_directory(), channels, None, torch.float32),
        "learned": model_of(asked.fitted, channels, None, torch.float32),
    }
    held_out = Planets.of(challenge.valid, schema, cpu)
    some = challenge.train[torch.arange(min(PLANETS, len(challenge.train)))]
    beyond = everywhere(Planets.of(some, schema, cpu), truth)
    print(f"{'':<34} {'planets':>6} {'median':>8} {'90%':>9} {'> 1 sigma':>10}")
    print(told("held out, the true ones", held_out, truth))
    for name, model in models.items():
        print(told(f"held out, {name}", held_out, model))
    for name, model in models.items():
        print(told(f"over the prior, {name}", beyond, model))


if __name__ == "__main__":
    main()
