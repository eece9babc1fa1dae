"""Numbers as the tables write them."""

import pytest
from harness_leaderboard import numbers
from harness_leaderboard.pooling import Pooled


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ([(0.71443, 0.0047)], ["0.714 ± 0.005"]),
        ([(688.131, 2.94), (12.3, 1.0)], ["688.1 ± 2.9", "12.3 ± 1.0"]),
        ([(1234.5, 81.0)], ["1,234 ± 81"]),
        ([(0.5, None), (None, None)], ["0.5000", "-"]),
        ([(-0.0001, 0.01)], ["0.000 ± 0.010"]),
        ([(1.5, 0.0)], ["1.500 ± 0.000"]),
        ([(0.0, None)], ["0.0"]),
        ([], []),
    ],
)
def test_the_decimals_of_a_column_come_from_its_errors(
    column: list[tuple[float | None, float | None]], written: list[str]
) -> None:
    assert numbers.values_with_errors([Pooled(value, error) for value, error in column]) == written


def test_a_column_without_its_errors_keeps_their_decimals() -> None:
    assert numbers.values([Pooled(0.71443, 0.0045), Pooled(0.6, 0.0045)]) == ["0.714", "0.600"]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(None, "-"), (0.043, "0.04 s"), (3.14, "3.1 s"), (41.23, "41 s"), (4012.0, "4,012 s")],
)
def test_seconds_are_written_with_their_unit(seconds: float | None, written: str) -> None:
    assert numbers.seconds(seconds) == written


@pytest.mark.parametrize(
    ("n_bytes", "written"), [(None, "-"), (512, "512 B"), (1536, "1.5 KiB"), (3 * 2**30, "3.0 GiB")]
)
def test_memory_is_written_in_binary_units(n_bytes: int | None, written: str) -> None:
    assert numbers.size(n_bytes) == written
