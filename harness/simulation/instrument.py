"""A simulated challenge on the channels and with the noise of a measured spectrum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from harness.challenges.described_model import DescribedModel
from harness.challenges.planet_forward import PlanetForwardModel, require_gases, wide_identity
from harness.data.arrays import Array
from harness.data.held_out import held_out
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS
from harness.data.observations import Observations
from harness.data.schema import Column, Schema
from harness.data.split import Split
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.physics.temperature_range import outside_sentence
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum
from harness.simulation.challenge import VALID_FRACTION, random_stream
from harness.simulation.forward import Advance
from harness.simulation.instrument_population import InstrumentPopulation, LikeOnePlanet, LikeTheRelease

AUXILIARY = (Column(name=STAR_RADIUS, unit="m"), Column(name=PLANET_MASS, unit="kg"))
BATCH = 256  # planets between two steps of the progress bar
MOST_ROUNDS = 40  # of drawing again what made no planet


@dataclass(frozen=True)
class Instrument:
    """Channels, noise, gases and planets of a challenge.

    Attributes:
        schema: of the challenge.
        described: its forward model.
        forward: that model.
        noise: 1-sigma noise of every planet [transit depth] (C,).
        population: what planets are drawn.
    """

    schema: Schema
    described: DescribedModel
    forward: PlanetForwardModel
    noise: Array
    population: InstrumentPopulation


def instrument_of(
    spectrum: MeasuredSpectrum,
    gases: tuple[str, ...],
    opacities: str,
    host: HostFacts | None,
) -> Instrument:
    """The challenge that a spectrum's channels and errors make; isothermal, cloudless atmospheres.

    Errors up and down are averaged, offsets between instruments are none.

    Arguments:
        spectrum: whose channels and errors are taken.
        gases: absorbing gases.
        opacities: "built-in", or a directory of cross-sections.
        host: star and planet that the planets are like; those of the Ariel release if None.

    Raises:
        HarnessError: a gas has no opacities or is named twice, or these do not cover a channel.
    """
    if not gases:
        raise HarnessError("No absorbing gas is named; name at least one, such as H2O.")
    require_gases(opacities, gases)
    unknown = HostFacts(1.0, 1.0)
    described = DescribedModel(
        gases=gases,
        opacities=wide_identity(opacities, gases),
        star_radius=(host or unknown).star_radius,
        planet_mass=(host or unknown).planet_mass,
    )
    planet = described.settings
    population: InstrumentPopulation
    population = LikeTheRelease(planet) if host is None else LikeOnePlanet(spectrum, host, planet)
    schema = Schema(
        parameters=population.parameters,
        wavelength=tuple(spectrum.wavelength.tolist()),
        width=tuple(spectrum.width.tolist()),
        auxiliary=AUXILIARY,
    )
    forward = PlanetForwardModel(schema, described, opacities)
    forward.check()
    return Instrument(schema, described, forward, spectrum.error, population)


def simulate_instrument(
    instrument: Instrument, planets: int, test: int, seed: int, device: torch.device, advance: Advance
) -> Mapping[str, Split]:
    """Simulate "train", "valid" and "test", without traces.

    Training and test planets have random numbers of their own. A planet whose atmosphere is not bound is
    drawn again, so that the planets are those of the prior that a retrieval can find.

    Arguments:
        instrument: of the challenge.
        planets: training planets, of which a tenth are for validation.
        test: test planets.
        seed: another seed gives another challenge.
        device: where to compute.
        advance: called with the number of planets done.

    Raises:
        HarnessError: hardly any atmosphere within the bounds is bound.
    """
    training = _split(instrument, planets, "train", seed, device, advance)
    names = training.observations.names.tolist()
    valid = held_out(names, max(1, round(VALID_FRACTION * planets)), 0, "valid")
    return {
        "train": training[np.setdiff1d(np.arange(planets), valid)],
        "valid": training[valid],
        "test": _split(instrument, test, "test", seed, device, advance),
    }


def temperature_warning(instrument: Instrument, splits: Mapping[str, Split]) -> str | None:
    """One sentence if any planet is of a temperature that the opacities do not reach."""
    column = instrument.schema.parameter_names.index("planet_temp")
    drawn = torch.cat([split.parameters[:, column] for split in splits.values()])
    return outside_sentence(instrument.forward.temperature_range, float(drawn.min()), float(drawn.max()))


def _split(
    instrument: Instrument, n: int, name: str, seed: int, device: torch.device, advance: Advance
) -> Split:
    generator = random_stream(seed, "instrument", name)
    parts: list[tuple[Array, Array, Array]] = []
    found = rounds = 0
    while found < n:
        if rounds > MOST_ROUNDS and found < n * rounds / (50 * MOST_ROUNDS):
            raise HarnessError(
                "Hardly any atmosphere within the bounds of the parameters is bound to its planet; check "
                "--star-radius, --planet-mass and the unit of the depths."
            )
        rounds += 1
        parameters, facts = instrument.population.draw(BATCH, generator)
        given, known = (torch.as_tensor(one, device=device) for one in (parameters, facts))
        with torch.no_grad():
            depth = instrument.forward(given, known[:, 0] / SUN_RADIUS, known[:, 1] / JUPITER_MASS)
        spectra = depth.double().cpu().numpy()
        good = np.flatnonzero((np.isfinite(spectra) & (spectra > 0) & (spectra < 1)).all(axis=1))
        good = good[: n - found]
        parts.append((spectra[good], facts[good], parameters[good]))
        found += len(good)
        advance(len(good))
    columns = (torch.from_numpy(np.concatenate(one)) for one in zip(*parts, strict=True))
    spectrum, auxiliary, truth = columns
    ids = np.array([f"{name}{number}" for number in range(1, n + 1)], dtype=np.str_)
    noise = torch.from_numpy(np.tile(instrument.noise, (n, 1)))
    return Split(Observations(ids, spectrum, noise, auxiliary), Truth(truth))
