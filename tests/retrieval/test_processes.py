"""Retrievals in processes end with the command that began them, and take nothing along."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection, Listener
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.components import ForwardModel
from harness.data.observations import Observations
from harness.data.schema import Column, Parameter, Schema
from harness.errors import HarnessError
from harness.physics.constants import SUN_RADIUS
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.processes import in_processes
from harness.retrieval.reference_store import TraceStore
from harness.retrieval.reference_traces import reference_posteriors

PATIENCE = 120  # seconds until a process that should be gone is a failure and not a slow machine

# Two processes that tell the test that they are there, then never finish their job.
ENDLESS = """
    import sys, threading
    from multiprocessing.connection import Client
    from harness.retrieval import processes
    from harness.retrieval.processes import in_processes

    processes.IMPORTED = []  # nothing here needs torch

    def begin(address):
        global line
        line = Client(address)

    def work(job):
        threading.Event().wait()

    if __name__ == "__main__":
        try:
            list(in_processes(work, [(0, "a"), (1, "b"), (2, "c")], 2, begin, sys.argv[1]))
        except KeyboardInterrupt:
            sys.exit("Interrupted.")
"""


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    with Listener(str(tmp_path / "socket"), "AF_UNIX") as one:
        yield one


def begin_endless(listener: Listener, tmp_path: Path) -> tuple[subprocess.Popen[str], list[Connection]]:
    script = tmp_path / "endless.py"
    script.write_text(textwrap.dedent(ENDLESS))
    command = [sys.executable, str(script), str(listener.address)]
    parent = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    return parent, [listener.accept(), listener.accept()]


def is_gone(line: Connection) -> bool:
    """Whether the process at the other end, which never says anything, has ended."""
    if not line.poll(PATIENCE):
        return False
    with pytest.raises(EOFError):
        line.recv()
    return True


def kill(parent: subprocess.Popen[str]) -> None:
    parent.kill()


def press_control_c(parent: subprocess.Popen[str]) -> None:
    os.killpg(parent.pid, signal.SIGINT)  # a terminal sends it to everyone


@pytest.mark.parametrize(("how", "said"), [(kill, []), (press_control_c, ["Interrupted."])])
def test_processes_end_with_their_parent(
    how: Callable[[subprocess.Popen[str]], None], said: list[str], listener: Listener, tmp_path: Path
) -> None:
    parent, lines = begin_endless(listener, tmp_path)
    how(parent)
    assert all(is_gone(line) for line in lines)
    _, stderr = parent.communicate(timeout=PATIENCE)
    # of a killed parent Python says that it cleaned up
    of_cleaning = ("resource_tracker: ", "warnings.warn(")
    assert [line for line in stderr.splitlines() if not any(word in line for word in of_cleaning)] == said


SCHEMA = Schema(
    parameters=tuple(Parameter(name=name, unit="", lower=-1, upper=1) for name in "ab"),
    wavelength=(1.0, 2.0),
    width=(0.1, 0.1),
    auxiliary=(Column(name="star_radius_m", unit="m"),),
)
QUICK = NestedOptions(live=50, effective=10, rows=100, calls=200)


class FirstPlanetOnly(ForwardModel):
    """The retrieval of a planet around a star of another size never ends."""

    identity = "first planet only"
    needs = ("star_radius_m",)

    def __call__(
        self,
        parameters: torch.Tensor,
        star_radius: torch.Tensor | None = None,
        planet_mass: torch.Tensor | None = None,
    ) -> torch.Tensor:
        assert star_radius is not None
        if star_radius[0] != 1:
            threading.Event().wait()
        return parameters


class FullDisk(TraceStore):
    """A store that cannot write."""

    def write(self, planet: Observations, trace: NestedTrace) -> None:
        raise HarnessError(f"The trace of {planet.title(0)} cannot be written.")


def test_an_error_while_others_are_at_work_ends_them(tmp_path: Path) -> None:
    store = FullDisk(tmp_path, FirstPlanetOnly(), SCHEMA, 0, QUICK)
    spectrum = torch.zeros(5, 2, dtype=torch.float64)
    star = torch.tensor([[1.0], [2.0], [2.0], [2.0], [2.0]], dtype=torch.float64) * SUN_RADIUS
    planets = Observations(np.array([f"planet{i}" for i in range(5)]), spectrum, spectrum + 0.1, star)
    before = multiprocessing.active_children()
    with pytest.raises(HarnessError, match="trace of planet0 cannot be written"):
        reference_posteriors(planets, SCHEMA, FirstPlanetOnly(), 0, QUICK, store=store, workers=2)
    assert set(multiprocessing.active_children()) <= set(before)


def test_every_job_comes_back_under_its_number() -> None:
    before = multiprocessing.active_children()
    results = in_processes(partial(pow, 2), [(7, 3), (1, 5), (4, 0)], 2, dict)  # nothing to prepare
    assert sorted(results) == [(1, 32), (4, 1), (7, 8)]
    assert set(multiprocessing.active_children()) <= set(before)
