"""`harness opacities describe`."""

import json
import shutil

import h5py
import pytest
from click.testing import CliRunner

from harness.cli.commands.opacities import command
from harness.errors import HarnessError


def run(*arguments: object) -> str:
    result = CliRunner().invoke(command, [str(one) for one in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_molecules_and_pairs_are_told_with_their_grids(opacities, cia, tmp_path):
    for source in (opacities, cia):
        shutil.copytree(source, tmp_path, dirs_exist_ok=True)
    rows = {row["name"]: row for row in json.loads(run("describe", tmp_path, "--check", "--json"))}
    assert list(rows) == ["CH4", "CO", "CO2", "H2O", "NH3", "H2-H2", "H2-He"]
    water = rows["H2O"]
    assert water["points"] == 400
    assert water["wavelength_um"] == pytest.approx([0.4, 10.0])
    assert water["resolution"] == pytest.approx(124, rel=0.02)
    assert water["temperature_K"] == [100.0, 3400.0]
    assert water["pressure_Pa"] == pytest.approx([1.0, 1e7])
    assert rows["H2-He"]["temperatures"] == 3


def test_the_table_names_molecule_grid_and_file(opacities):
    output = run("describe", opacities)
    assert "H2O.h5" in output
    assert "100-3400 (10)" in output


def test_a_directory_without_opacities_is_told(tmp_path):
    with pytest.raises(HarnessError, match="no opacities that can be read"):
        run("describe", tmp_path)


def test_bad_values_are_found_when_asked_for(opacities, tmp_path):
    shutil.copytree(opacities, tmp_path, dirs_exist_ok=True)
    with h5py.File(tmp_path / "CO.h5", "r+") as file:
        file["xsecarr"][3, 2, 5] = -1.0
    run("describe", tmp_path)
    with pytest.raises(HarnessError, match="holds 1 cross-sections that are negative"):
        run("describe", tmp_path, "--check")


def test_the_rest_of_a_directory_is_listed_and_the_odd_file_named(shared_cases):
    directory = shared_cases / "opacities-exo-transmit-with-cia"
    result = CliRunner().invoke(command, ["describe", str(directory), "--json"])
    assert result.exit_code == 0
    assert [row["name"] for row in json.loads(result.stdout)] == ["H2O"]
    assert "Left out:" in result.stderr
    assert "opacCIA.dat" in result.stderr


def test_units_that_are_not_said_are_told(opacities, shared_cases):
    assert "does not say its units" in CliRunner().invoke(command, ["describe", str(opacities)]).stderr
    rows = json.loads(run("describe", opacities, "--json"))
    assert rows[0]["unsaid"] == ["wavenumbers in cm-1", "temperatures in K", "cross-sections in cm2"]
    result = CliRunner().invoke(command, ["describe", str(shared_cases / "opacities-m2-Pa")])
    assert result.stderr == ""
