"""Which planets are held out follows from their names and a seed, and from nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.data.held_out import held_out

planets = st.lists(st.text(min_size=1, max_size=6), unique=True, min_size=1, max_size=40)


@given(planets=planets, data=st.data())
def test_so_many_planets_are_drawn_each_once(planets: list[str], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(planets)))
    positions = held_out(planets, n, 0, "test")
    assert len(positions) == n == len(set(positions.tolist()))
    assert (np.sort(positions) == positions).all()


@given(planets=planets, data=st.data())
def test_the_order_of_the_planets_does_not_matter(planets: list[str], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(planets)))
    shuffled = data.draw(st.permutations(planets))
    first = {planets[i] for i in held_out(planets, n, 3, "test")}
    second = {shuffled[i] for i in held_out(shuffled, n, 3, "test")}
    assert first == second


@given(planets=planets, data=st.data())
def test_drawing_more_keeps_what_was_drawn(planets: list[str], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(planets) - 1))
    fewer, more = held_out(planets, n, 0, "test"), held_out(planets, n + 1, 0, "test")
    assert set(fewer.tolist()) < set(more.tolist())


def test_seed_and_purpose_each_change_the_draw() -> None:
    planets = [f"train{i}" for i in range(200)]
    draws = {
        tuple(held_out(planets, 20, seed, purpose).tolist())
        for seed in (0, 1)
        for purpose in ("test", "valid")
    }
    assert len(draws) == 4


def test_the_draw_is_the_same_on_every_machine() -> None:
    assert held_out([f"train{i}" for i in range(10)], 3, 0, "test").tolist() == [3, 8, 9]
