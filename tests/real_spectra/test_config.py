"""What is asked of a retrieval, in a file and on the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.real_spectra.config import merged_settings, parse_priors
from harness.real_spectra.retrieval import Problem, pose
from harness.real_spectra.spectrum import MeasuredSpectrum

PLANET = """star_radius = 0.932
planet-mass = 0.281
gases = ["H2O", "SO2"]
clouds = "patchy"
offsets = true
widths = "half"
[prior]
planet_temp = [900, 1300]
log_H2O = [-5, -2]
"""


def test_the_command_line_wins(tmp_path: Path) -> None:
    path = tmp_path / "planet.toml"
    path.write_text(PLANET)
    given = {"clouds": "none", "offsets": None, "priors": parse_priors(["planet_temp=1000,1200"])}
    settings, layout = merged_settings(path, given)
    assert settings.planet_mass == 0.281
    assert settings.gases == ("H2O", "SO2")
    assert (settings.clouds, settings.offsets) == ("none", True)
    assert settings.priors == {"planet_temp": (1000, 1200), "log_H2O": (-5, -2)}
    assert layout == {"widths": "half"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("star_radius = ", "is not a TOML file"),
        (PLANET.replace("star_radius", "star_radios"), "unknown key 'star_radios' \\(did you mean"),
        (PLANET.replace("[900, 1300]", "900"), "must have its priors in a table"),
        (PLANET.replace('"patchy"', '"grey"'), "The setting clouds is 'grey'"),
        (PLANET.replace("planet-mass = 0.281", ""), "The mass of the planet in Jupiter's is missing"),
    ],
)
def test_a_file_that_cannot_be_is_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "planet.toml"
    path.write_text(content)
    with pytest.raises(HarnessError, match=said):
        merged_settings(path, {})


def test_methods_answer_one_question_and_priors_another() -> None:
    host = {"star_radius": 0.932, "planet_mass": 0.281, "gases": "H2O"}
    centres = np.linspace(1.15, 1.65, 4)
    seen = MeasuredSpectrum(
        "made up",
        *(centres, np.full(4, 0.1), np.full(4, 0.0214), np.full(4, 1e-4), np.full(4, 1e-4)),
        np.zeros(4, dtype=int),
        ("a",),
    )

    def posed(spectrum: MeasuredSpectrum = seen, **more: Any) -> Problem:
        return pose(spectrum, merged_settings(None, {**host, **more})[0])

    one = posed()
    for same in (
        posed(method="vi"),
        posed(method="npe", estimator="npe-mmd"),
        posed(seed=1, live_points=100),
        posed(layers=100),
    ):
        assert same.fingerprint == one.fingerprint
        assert same.identity != one.identity
    deeper = replace(seen, depth=seen.depth + 1e-6)
    for other in (
        posed(priors={"log_H2O": (-6.0, -2.0)}),
        posed(clouds="deck"),
        posed(gases="H2O,CO2"),
        posed(planet_mass=0.3),
        posed(deeper),
    ):
        assert other.fingerprint != one.fingerprint


@pytest.mark.parametrize("layers", ["10", "101"])
def test_layers_are_neither_too_few_nor_more_than_the_exact_models(tmp_path: Path, layers: str) -> None:
    path = tmp_path / "planet.toml"
    path.write_text(f"layers = {layers}\n{PLANET}")
    with pytest.raises(HarnessError, match=f"The setting layers is {layers}: input should be"):
        merged_settings(path, {})
