"""Runs on a cluster are the same runs, and a worker that dies takes nothing with it but its task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Invoke
from harness.runs.home import Home
from harness.runs.repeating import same_samples


def test_runs_on_a_cluster_have_the_samples_that_they_have_here(
    invoke: Invoke, cluster: str, small: tuple[str, ...], tmp_path: Path
) -> None:
    asked = ("run", "-e", "nearest", "--seed", "0", "--seed", "1", *small)
    there = invoke(*asked, "--cluster", cluster)
    assert there.exit_code == 0, there.output
    assert "[1 of 2] nearest on toy, seed 0: begun on worker" in there.stderr
    here = invoke(*asked, "--home", tmp_path / "here")
    assert here.exit_code == 0, here.output
    ours = {record.seed: folder for folder, record in Home(tmp_path / "here").records()}
    for folder, record in Home().records():
        same = same_samples(folder, ours[record.seed])
        assert same is not None
        assert same.identical
    [board] = json.loads(invoke("leaderboard", "--json").stdout)
    assert [entry["seeds"] for entry in board["entries"]] == [[0, 1]]
    served = invoke(*asked, "--cluster", "local:2", "--resume")
    assert served.stdout.count("finished before; not run again") == 2
    assert "begun on worker" not in served.stderr


def test_a_worker_that_dies_costs_its_task_and_nothing_else(
    invoke: Invoke, cluster: str, small: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "0-1").touch()  # with seed 0 one worker dies, with seed 1 every one that tries
    hard = ("-e", "killer", "--set", f"killer.folder={tmp_path}", "--set", "killer.deaths=2")
    done = invoke("run", *hard, "-e", "prior", "--seed", "0", "--seed", "1", *small, "--cluster", cluster)
    assert done.stderr.count("the worker that had it is gone; given out again (try 2)") == 2
    assert "given up, because 2 workers died of it" in done.stderr
    assert done.exit_code == 1
    records = [record for _, record in Home().records()]
    assert sorted((record.estimator.name, record.seed, record.status) for record in records) == [
        ("killer", 0, "finished"),
        ("killer", 1, "failed"),
        ("prior", 0, "finished"),
        ("prior", 1, "finished"),
    ]


def test_a_run_that_leaves_a_link_is_not_brought_home(
    invoke: Invoke, cluster: str, small: tuple[str, ...]
) -> None:
    done = invoke("run", "-e", "linker", *small, "--cluster", cluster)
    assert done.exit_code == 2
    assert "'artifacts/password', which is a link" in done.stderr
    assert not [path for path in Home().runs.rglob("*") if path.is_symlink()]


@pytest.mark.parametrize("place", ["local:0", "slurm", "slurm:", "http://x", "local:2:3", "tcp://"])
def test_a_place_that_is_none_is_refused(invoke: Invoke, small: tuple[str, ...], place: str) -> None:
    done = invoke("run", "-e", "prior", *small, "--cluster", place)
    assert done.exit_code == 2
    assert f"--cluster {place} is no cluster" in done.stderr


def test_without_dask_it_is_said_how_to_get_it(
    invoke: Invoke, small: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.cluster.connection.find_spec", lambda name: None)
    done = invoke("run", "-e", "prior", *small, "--cluster", "local:2")
    assert done.exit_code == 2
    assert "python -m pip install 'ariel-harness[cluster]'" in done.stderr
