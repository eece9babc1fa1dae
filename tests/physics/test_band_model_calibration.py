"""The band model against published cross-sections (means over g of correlated-k tables)."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "band_model_calibration.py"


@pytest.fixture(scope="module")
def calibration():
    specification = importlib.util.spec_from_file_location("band_model_calibration", BENCHMARK)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules[specification.name]


@pytest.fixture(scope="module", params=["H2O", "CO2", "CO", "CH4"])
def comparison(request, calibration):
    return calibration.compare(request.param)


def test_enough_cells_are_compared(comparison):
    assert len(comparison.counted()) > 250


def test_arithmetic_means_are_within_a_factor_of_two_of_the_published(comparison):
    assert comparison.median("arithmetic") <= 0.3


def test_geometric_means_are_within_a_factor_of_ten_where_the_published_are_not_zero(comparison):
    assert comparison.median("geometric") <= 1.0


def test_at_low_pressure_the_geometric_mean_is_far_below_the_arithmetic_as_published(comparison):
    cells = comparison.counted()
    thin = cells[(cells.pressure < 1) & (cells.temperature < 700)]
    assert (thin.model_geometric / thin.model_arithmetic).median() < {"CH4": 0.8}.get(
        comparison.molecule, 0.1
    )


def test_the_report_names_the_molecule_and_both_means(comparison, calibration):
    text = calibration.report(comparison)
    assert text.startswith(comparison.molecule)
    assert "arithmetic" in text
    assert "geometric" in text
