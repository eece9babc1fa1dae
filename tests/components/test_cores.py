"""Pieces of work on every core."""

import threading

import pytest
import torch

from harness.components.cores import on_every_core


@pytest.fixture(autouse=True)
def two_cores():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_the_pieces_and_each_is_computed_by_one_thread():
    threads = []

    def work(piece):
        threads.append(torch.get_num_threads())
        return piece, threading.get_ident()

    results = list(on_every_core(work, range(20)))
    assert [piece for piece, _ in results] == list(range(20))
    assert set(threads) == {1}
    assert threading.get_ident() not in {thread for _, thread in results}
    assert torch.get_num_threads() == 2


def test_where_a_piece_fails_the_error_is_passed_on_and_the_rest_is_left_out():
    begun = []

    def work(piece):
        begun.append(piece)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(on_every_core(work, range(1000)))
    assert len(begun) < 1000
    assert torch.get_num_threads() == 2
