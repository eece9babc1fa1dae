"""Opacities as `harness opacities fit` writes them are read by TauREx as by this model."""

import json

import numpy as np
import pytest
import torch

from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.components.forward_check import ForwardCheck
from harness.errors import HarnessError
from harness.fitted_opacities.corrections import Corrections
from harness.fitted_opacities.directory import write_directory
from harness.fitted_opacities.result import FitResult
from harness.physics import GASES, TransmissionModel
from harness.physics.fitted_directory import read_fitted
from harness.physics.opacity_directory import select_cia, select_cross_sections
from harness.simulation.challenge import SCHEMA
from harness.simulation.forward import Forward

PAIRS = ("H2-H2", "H2-He")
PLANETS = np.array(
    [[1.0, 1200, -4, -6, -4, -5, -6], [0.3, 700, -3, -7, -5, -4, -5], [1.3, 2100, -9, -9, -9, -9, -9]]
)


@pytest.fixture
def fitted(opacities, cia, tmp_path):
    """Changed at random: what `harness.fitted_opacities` would write."""
    tables, pairs = select_cross_sections(opacities, GASES), select_cia(cia, PAIRS)
    grid = tables[0].wavenumber
    corrections = Corrections(len(GASES), len(pairs), len(grid))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for values in (corrections.coefficients, corrections.collisions):
            values.copy_(0.2 * torch.randn(values.shape, generator=generator))
    nothing = ForwardCheck(torch.zeros(1, 1), torch.zeros(1, 1))
    result = FitResult(
        grid,
        corrections.corrected(tables),
        corrections.corrected_cia(pairs, grid),
        tables,
        nothing,
        nothing,
        0,
    )
    write_directory(tmp_path / "fitted", result, "0a", [], {})
    return tmp_path / "fitted"


def test_taurex_reads_it_and_its_collisions_belong_to_it(fitted, opacities, oracle):
    assert read_fitted(fitted).pairs == PAIRS
    star, mass = np.ones(len(PLANETS)), np.array([1.0, 0.05, 0.8])
    theirs = oracle(fitted, fitted, PAIRS).natives(PLANETS, star, mass)
    inputs = (torch.as_tensor(PLANETS), torch.as_tensor(star), torch.as_tensor(mass))
    ours = TransmissionModel.from_files(fitted, dtype=torch.float64).native(*inputs)
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-6)
    without = TransmissionModel.from_files(fitted, cia_pairs=(), dtype=torch.float64).native(*inputs)
    before = TransmissionModel.from_files(opacities, dtype=torch.float64).native(*inputs)
    assert (ours - without).max() > 1e-5
    assert (ours - before).abs().max() > 1e-5


def test_without_its_description_it_is_a_directory_like_any_other(fitted):
    (fitted / "fitted.json").unlink()
    assert read_fitted(fitted) is None
    TransmissionModel.from_files(fitted)


@pytest.mark.parametrize("pairs", [[], ["H2-H2"], ["H2-H2", "H2-H2", "H2-He"]], ids=str)
def test_pairs_that_are_not_those_of_its_files_are_refused(fitted, pairs):
    path = fitted / "fitted.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pairs": pairs}))
    with pytest.raises(HarnessError, match="is not what 'harness opacities fit' wrote"):
        read_fitted(fitted)


@pytest.mark.parametrize("name", ["more.h5", "more.hdf5", "opacCO.dat"])
def test_a_file_that_was_added_is_told_before_it_is_looked_at(fitted, name):
    (fitted / name).write_bytes((fitted / "CO.h5").read_bytes())
    told = "a file was changed, added or removed"
    with pytest.raises(HarnessError, match=told):
        ArielForwardModel(SCHEMA, str(fitted)).check()
    with pytest.raises(HarnessError, match=told):
        Forward(fitted, collisions=PAIRS)


def test_describing_it_tells_that_it_was_learned_and_whether_it_is_as_it_was(invoke, fitted):
    learned = "Learned from spectra with collision-induced absorption of H2-H2 and H2-He (0a)."
    assert learned in invoke("opacities", "describe", fitted).stderr
    (fitted / "H2-He.cia").unlink()
    assert "a file was changed, added or removed" in invoke("opacities", "describe", fitted).stderr


def test_a_pair_that_is_named_twice_absorbs_once(fitted):
    once, twice = (ArielForwardModel(SCHEMA, str(fitted), collisions=pairs) for pairs in (PAIRS, 2 * PAIRS))
    assert twice.identity == once.identity
    assert [pair.pair for pair in select_cia(fitted, 2 * PAIRS)] == list(PAIRS)


def test_a_place_that_is_taken_is_left_alone(fitted):
    before = sorted(path.name for path in fitted.iterdir())
    with pytest.raises(HarnessError, match="exists already"):
        write_directory(fitted, None, "0a", [], {})
    assert sorted(path.name for path in fitted.iterdir()) == before


def test_simulated_planets_have_its_collisions_whichever_model_makes_them(fitted):
    forward = Forward(fitted)
    inputs = (torch.as_tensor(PLANETS[:2]), torch.ones(2).double(), torch.tensor([1.0, 0.3]).double())
    isothermal = TransmissionModel.from_files(fitted).binned(*inputs)
    np.testing.assert_allclose(forward.layered.binned(*inputs).numpy(), isothermal.numpy(), rtol=2e-3)
    without = TransmissionModel.from_files(fitted, cia_pairs=()).binned(*inputs)
    assert (isothermal - without).abs().max() > 1e-5
