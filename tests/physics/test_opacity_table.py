"""Weights of a table's pressures against TauREx's interpolation, point by point."""

import warnings

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.physics.opacity_table import OpacityTable, pressure_weights

GRID = np.array([30.0, 100, 2e3, 5e4])
TEMPERATURE = np.array([200.0, 500, 900])


def taurex_cross_section(values: np.ndarray, temperature: float, pressure: float) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taurex.opacity.interpolateopacity import InterpolatingOpacity

        class Table(InterpolatingOpacity):
            xsecGrid = values
            temperatureGrid = TEMPERATURE
            pressureGrid = GRID

        return Table("table").compute_opacity(temperature, pressure, slice(None)) * 1e4


@given(st.floats(50, 2000), st.floats(-5, 6), st.integers(0, 2**32 - 1))
def test_a_mixture_of_the_nodes_is_the_interpolation_of_taurex(temperature, log_pressure, seed):
    values = np.random.default_rng(seed).uniform(0.1, 1, (4, 3, 2))  # pressure, temperature, wavenumber
    pressure = np.array([10**log_pressure])
    weights = pressure_weights(pressure, GRID)
    nodes = torch.as_tensor(values[[0, 1, 2, 3, 3]]).permute(1, 0, 2)[:, None].contiguous()
    table = OpacityTable(
        gases=torch.tensor([0]),
        temperature=torch.as_tensor(TEMPERATURE),
        pressure=torch.as_tensor(GRID[[0, 1, 2, 3, 3]]),
        values=nodes,
        weights=torch.as_tensor(weights),
        deepest=True,
        hottest=nodes[-1],
    )
    interval, position, case = table.locate(torch.tensor([temperature], dtype=torch.float64))
    ends = table.interval(int(interval), slice(0, 2), torch.float64)  # (5, 2, 2)
    one = torch.ones(1, 1, dtype=torch.float64)
    mixed = torch.einsum("k,nkw->nw", table.mixture(position.clamp(0, 1), one)[0], ends)
    mixed[-1] = table.mixture(position.clamp(max=1), one)[0] @ ends[-1]
    ours = table.weights[int(case), 0] @ mixed
    np.testing.assert_allclose(
        ours.numpy(), taurex_cross_section(values, temperature, float(pressure[0])), rtol=1e-9, atol=1e-12
    )
