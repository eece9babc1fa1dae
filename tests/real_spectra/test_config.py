"""What is asked of a retrieval, in a file and on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.real_spectra.config import merged_settings, parse_priors

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
