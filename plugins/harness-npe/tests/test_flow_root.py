"""Equations of increasing functions are solved, row by row, from any guess."""

import torch
from harness_npe.flows.root import Increasing, solve_increasing
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor


def steps_of(sharpness: Tensor, place: Tensor, least: float) -> Increasing:
    """A slope `least` with a smooth step, of its own sharpness and place in each row."""

    def function(x: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor]:
        own = slice(None) if rows is None else rows
        bend = torch.tanh(sharpness[own] * (x - place[own]))
        return least * x + bend, least + sharpness[own] * (1 - bend**2)

    return function


@given(
    seed=st.integers(0, 2**31),
    sharpest=st.floats(0.1, 300),
    least=st.floats(1e-2, 10),
    far=st.floats(0, 50),
)
def test_the_solution_gives_the_value_asked_for(seed: int, sharpest: float, least: float, far: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    sharpness = sharpest * torch.rand(50, generator=generator, dtype=torch.float64)
    place, y, guess = (
        spread * torch.randn(50, generator=generator, dtype=torch.float64) for spread in (3, 5, far)
    )
    function = steps_of(sharpness, place, least)
    solution = solve_increasing(function, y, guess)
    torch.testing.assert_close(function(solution, None)[0], y, rtol=1e-10, atol=1e-10)


def test_rows_that_are_done_are_not_evaluated_again() -> None:
    asked: list[int] = []
    straight_but_one = torch.zeros(1_000)
    straight_but_one[17] = 200.0
    function = steps_of(straight_but_one, torch.zeros(1_000), 1.0)

    def counted(x: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor]:
        asked.append(len(x))
        return function(x, rows)

    y = torch.linspace(-3, 3, 1_000)
    solution = solve_increasing(counted, y, torch.full((1_000,), 2.0))
    torch.testing.assert_close(function(solution, None)[0], y, rtol=1e-5, atol=1e-5)
    assert sum(asked) < 3_100


def test_a_row_that_is_not_finite_stays_so_and_spoils_no_other() -> None:
    y = torch.tensor([0.5, torch.nan, torch.inf, -0.5])
    function = steps_of(torch.ones(4), torch.zeros(4), 1.0)
    solution = solve_increasing(function, y, torch.zeros(4))
    assert not solution[1:3].isfinite().any()
    torch.testing.assert_close(function(solution, None)[0][[0, 3]], y[[0, 3]], rtol=1e-5, atol=1e-5)
