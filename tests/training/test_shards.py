"""Training in two processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from harness.components.run import Run
from harness.training import shards, trainer


@pytest.fixture(autouse=True)
def worth_it(monkeypatch):
    """Batches are divided however small they are, and there are two cores."""
    monkeypatch.setattr(trainer, "WORTH_DIVIDING", 0)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def helpers(monkeypatch):
    """The processes that helped, in their order."""
    started = []
    begin = shards.Helper.__init__

    def noted(self, owner):
        begin(self, owner)
        started.append(self)

    monkeypatch.setattr(shards.Helper, "__init__", noted)
    return started


def same(one, other) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_one_process_learns_what_two_learn_bit_for_bit(fitted, helpers):
    together = fitted(Run()).state()
    assert len(helpers) == 1
    torch.set_num_threads(1)
    alone = fitted(Run()).state()
    assert len(helpers) == 1
    assert same(together, alone)


def test_a_second_process_that_is_killed_changes_no_result(fitted, helpers):
    def kill(run, metrics):
        if metrics["epoch"] == 1:
            os.kill(helpers[-1].pid, signal.SIGKILL)

    whole, broken = fitted(Run()).state(), fitted(Run(report=kill)).state()
    assert len(helpers) == 2
    assert same(whole, broken)


def test_a_training_that_is_interrupted_leaves_no_process_and_can_be_resumed(tmp_path, fitted, helpers):
    def stop(run, metrics):
        if metrics["epoch"] == 2:
            raise KeyboardInterrupt

    for name in ("whole", "broken"):
        (tmp_path / name).mkdir()
    with pytest.raises(KeyboardInterrupt):
        fitted(Run(checkpoint=tmp_path / "broken", report=stop))
    assert not Path(f"/proc/{helpers[0].pid}").exists()
    resumed = fitted(Run(checkpoint=tmp_path / "broken")).state()
    assert same(resumed, fitted(Run(checkpoint=tmp_path / "whole")).state())


def test_the_second_process_ends_with_the_first():
    script = """
import os, torch
from harness.training import flat_weights, shards
torch.set_num_threads(1)
network = torch.nn.Linear(2, 2)
one = shards.Shards(flat_weights.FlatWeights(network.parameters()), network, None, None, None)
helper = shards.Helper(one)
print(helper.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    pid = int(done.stdout)
    until = time.monotonic() + 20
    while gone_on(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not gone_on(pid)


def gone_on(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
