"""What a cluster or a closing terminal sends stops a command once."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from harness.cli.termination import stop_as_by_control_c


@pytest.fixture
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_the_second_of_two_signals_does_not_end_what_the_first_one_began() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    stop_as_by_control_c()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGTERM)


@pytest.mark.usefixtures("handlers")
def test_what_nohup_made_deaf_to_a_closing_terminal_stays_so() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop_as_by_control_c()
    signal.raise_signal(signal.SIGHUP)
