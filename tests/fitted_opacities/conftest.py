"""Real planets of the bundled challenge, with spectra of cross-sections that are not the built-in ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch

from harness.challenges import load
from harness.components import Challenge, forward_check
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS, host_facts
from harness.data.split import Split
from harness.fitted_opacities import condensed
from harness.physics import TransmissionModel
from harness.physics.builtin_opacities import opacity_directory

PLANETS = 210
STRONGER = (0.2, -0.15, 0.1, 0.2, 0.3)  # [dex] of H2O, CO2, CO, CH4, NH3


@pytest.fixture(scope="module", autouse=True)  # not longer: other tests count on what it changes
def sooner() -> Iterator[None]:
    """The short grid chosen by fewer atmospheres, and fewer planets looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(condensed, "ATMOSPHERES", 250)
        patch.setattr(forward_check, "PLANETS", 40)
        yield


@pytest.fixture(scope="session")
def built_in() -> TransmissionModel:
    return TransmissionModel.from_files(opacity_directory())


@pytest.fixture(scope="session")
def foreign_model(built_in: TransmissionModel) -> TransmissionModel:
    """The built-in cross-sections, each gas's changed by a factor of its own, more at high temperature."""
    extinction = built_in.extinction
    tables = []
    for table in extinction.tables:
        change = torch.tensor(STRONGER)[table.gases][None, :, None, None]
        slope = (torch.log10(table.temperature) - 3).float()[:, None, None, None]
        tables.append(replace(table, values=table.values * 10 ** (change + 0.3 * slope)))
    return built_in.holding(extinction.holding(tables, ()))


def with_spectra_of(model: TransmissionModel, split: Split, challenge: Challenge) -> Split:
    """The same planets with the spectra that a model makes of their parameters."""
    observations = split.observations
    facts = host_facts(observations, challenge.schema, (STAR_RADIUS, PLANET_MASS))
    made = model.binned(split.truth.parameters, *facts)
    return replace(split, observations=replace(observations, spectrum=made.to(observations.spectrum)))


def challenge_of(model: TransmissionModel) -> Challenge:
    """Planets of ariel-mini with the spectra that a model makes of them."""
    challenge = load("ariel-mini")
    splits = {
        name: with_spectra_of(model, challenge.splits[name][:n], challenge)
        for name, n in (("train", PLANETS), ("valid", 60))
    }
    challenge._contents = (challenge.schema, {**challenge.splits, **splits})
    return challenge


@pytest.fixture(scope="session")
def foreign(foreign_model: TransmissionModel) -> Challenge:
    """Planets of ariel-mini whose spectra no one's opacities make."""
    return challenge_of(foreign_model)


@pytest.fixture(scope="session")
def with_spectra() -> Callable[[TransmissionModel], Challenge]:
    return challenge_of
