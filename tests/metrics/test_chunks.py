"""Large computations in parts that fit into memory."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.chunks import CACHED, fitting, runs, slices


@given(total=st.integers(0, 200), at_once=st.integers(1, 50))
def test_runs_hold_every_item_once_and_no_more_than_fit(total, at_once):
    parts = list(runs(total, at_once))
    assert [item for part in parts for item in range(total)[part]] == list(range(total))
    assert all(0 < part.stop - part.start <= at_once for part in parts)


def test_at_least_one_item_is_taken_at_a_time():
    assert fitting(100, 30) == 3
    assert fitting(100, 1000) == fitting(0, 0) == 1
    device = torch.device("cpu")
    assert list(slices(3, 2 * CACHED, device)) == [slice(0, 1), slice(1, 2), slice(2, 3)]
    assert list(slices(3, 0, device)) == [slice(0, 3)]
