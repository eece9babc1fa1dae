"""How much of a training is over."""

import pytest

from harness.training import clock
from harness.training.clock import Clock


@pytest.fixture
def now(monkeypatch):
    """Sets the time [s] since the clocks of a test were made."""
    time = {"now": 100.0}
    monkeypatch.setattr(clock.time, "monotonic", lambda: time["now"])
    return lambda seconds: time.update(now=100.0 + seconds)


def test_without_a_budget_steps_alone_count(now):
    endless = Clock(steps=200, seconds=None)
    now(1e6)
    assert endless.done(50) == 0.25
    assert not endless.out_of_time(1e6)


def test_with_a_budget_it_is_over_by_steps_or_by_time_whichever_is_more(now):
    short = Clock(steps=200, seconds=60)
    now(30)
    assert short.done(50) == 0.5
    assert short.done(150) == 0.75
    now(90)
    assert short.done(50) == 1


def test_the_time_is_spent_when_it_is_over_or_what_comes_would_be_too_long(now):
    short = Clock(steps=200, seconds=60)
    now(50)
    assert not short.out_of_time()
    assert not short.out_of_time(9)
    assert short.out_of_time(11)
    now(61)
    assert short.out_of_time()


def test_no_time_at_all_is_spent_at_once(now):
    none = Clock(steps=200, seconds=0)
    now(1e-3)
    assert none.done(0) == 1
    assert none.out_of_time()
