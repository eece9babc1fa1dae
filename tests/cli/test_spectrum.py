"""`harness spectrum` draws one atmosphere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import Result

from harness.physics import TransmissionModel

Invoke = Callable[..., Result]


def test_it_writes_a_picture(invoke: Invoke, tmp_path: Path) -> None:
    picture = tmp_path / "mine.png"
    result = invoke("spectrum", "-o", picture)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == str(picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.png"]


def test_the_ending_decides_for_a_page(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("spectrum", "-o", tmp_path / "mine.html")
    assert result.exit_code == 0, result.stderr
    text = (tmp_path / "mine.html").read_text(encoding="utf-8")
    assert (
        "H₂O alone"
        in json.loads(text.partition('id="figures">')[2].partition("</script>")[0])["figure-0"]["data"][0][
            "name"
        ]
    )


def test_more_gas_makes_a_deeper_transit_and_each_gas_alone_a_shallower_one(invoke: Invoke) -> None:
    little, much = (
        json.loads(invoke("spectrum", "--json", "--log-h2o", value).stdout) for value in ("-8", "-4")
    )
    assert len(much["wavelength_um"]) == len(much["transit_depth"]) == 52
    depth = np.array(much["transit_depth"])
    assert depth.mean() > np.mean(little["transit_depth"])
    for gas, alone in much["alone"].items():
        # the other gases also make the atmosphere 0.1% heavier, and so a little flatter
        assert (np.array(alone) <= depth * (1 + 1e-4)).all(), gas
    assert much["alone"]["CO2"] == pytest.approx(little["alone"]["CO2"])


@pytest.mark.filterwarnings("always")
def test_a_temperature_that_the_opacities_do_not_reach_is_told(invoke: Invoke) -> None:
    result = invoke("spectrum", "--json", "--temperature", "5000", "--planet-mass", "10")
    assert result.exit_code == 0
    assert "Warning: The opacities reach from 100 to 4000 K and 5000 K is asked for" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--temperature", "9000"), "planet_temp is 9000, outside the prior"),
        (("--temperature", "0"), "a higher temperature"),
        (("--log-co", "0"), "log_CO is 0, outside the prior"),
        (("--radius", "nan"), "planet_radius is nan"),
        (("--planet-mass", "0"), "--planet-mass is 0; expected a positive number"),
        (("--radius", "3", "--planet-mass", "0.01", "--temperature", "3000"), "not bound to its planet"),
        (("--opacities", "/no/such/folder"), "/no/such/folder"),
        (("-o", "mine.svg"), "mine.svg is of no kind that can be drawn"),
        (("-o", "/no/such/folder/x.png"), "choose another with -o"),
    ],
)
def test_wrong_input_is_one_sentence(invoke: Invoke, arguments: tuple[str, ...], said: str) -> None:
    result = invoke("spectrum", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_channels_of_a_measured_spectrum_have_exact_edges(
    invoke: Invoke, shared_cases: Path, tmp_path: Path
) -> None:
    opacities = ("--opacities", shared_cases / "opacities-cm2-bar", "--json")
    ariel = json.loads(invoke("spectrum", *opacities).stdout)
    grid = shared_cases / "spectra" / "taurex-4-columns.dat"
    measured = json.loads(invoke("spectrum", *opacities, "--grid", grid).stdout)
    np.testing.assert_allclose(measured["wavelength_um"], ariel["wavelength_um"])
    np.testing.assert_allclose(measured["width_um"], ariel["width_um"])
    model = TransmissionModel.from_files(shared_cases / "opacities-cm2-bar", edges="exact")
    planet = torch.tensor([[1.0, 1200.0, -4.0, -7.0, -4.0, -6.0, -7.0]])
    expected = model.binned(planet, 1.0, 1.0).numpy()[0]
    np.testing.assert_allclose(measured["transit_depth"], expected, rtol=1e-6)
    apart = np.abs(np.array(measured["transit_depth"]) - ariel["transit_depth"])
    assert apart[2] > 1e-6  # of the channel at 0.95 um, 0.31 um wide


def test_real_spectra_may_be_the_grid(invoke: Invoke, shared_data: Path, tmp_path: Path) -> None:
    grid = shared_data / "spectra" / "WASP39b_NIRSpec_PRISM_prt.dat"
    result = invoke("spectrum", "--grid", grid, "-o", tmp_path / "w39.png")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "w39.png").is_file()


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("plain.dat", (), "are not there; give them in a column of the file"),
        ("nanometres.dat", (), "does not say the unit of its wavelengths, and their size does not tell"),
    ],
)
def test_a_grid_without_widths_or_a_unit_is_told(
    invoke: Invoke, shared_cases: Path, name: str, options: tuple[str, ...], said: str
) -> None:
    result = invoke("spectrum", "--grid", shared_cases / "spectra" / name, "--json", *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
