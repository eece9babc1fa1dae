"""Real processes on one store: writers that meet, and a reader who may not write."""

import multiprocessing
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from harness_leaderboard.plugin import run_finished
from harness_leaderboard.store import Store

from harness.data.record import RunRecord

Make = Callable[..., RunRecord]


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as four:
        yield four


def test_processes_that_write_at_once_lose_nothing(
    processes: ProcessPoolExecutor, tmp_path: Path, make_record: Make
) -> None:
    runs = [make_record(seed=seed) for seed in range(100)]
    list(processes.map(run_finished, runs, [tmp_path] * 100, chunksize=25))
    assert Store.of(tmp_path).records() == runs


def test_processes_that_create_the_store_at_once_lose_nothing(
    processes: ProcessPoolExecutor, tmp_path: Path, make_record: Make
) -> None:
    for home in (tmp_path / str(number) for number in range(20)):
        runs = [make_record(seed=seed) for seed in range(4)]
        list(processes.map(run_finished, runs, [home] * 4))
        assert Store.of(home).records() == runs


def test_processes_that_put_the_same_run_put_it_once(
    processes: ProcessPoolExecutor, tmp_path: Path, make_record: Make
) -> None:
    record = make_record()
    list(processes.map(run_finished, [record] * 20, [tmp_path] * 20))
    assert Store.of(tmp_path).records() == [record]


@pytest.fixture
def public_home() -> Iterator[Path]:
    """A home that every user may look into, which is not so of pytest's own folders."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


AS_A_READER = """
import os, sys
from pathlib import Path
from harness_leaderboard.store import Store
from harness.errors import HarnessError
if os.geteuid() == 0:  # root may write everywhere
    os.setegid(65534); os.seteuid(65534)
store = Store.of(Path(sys.argv[1]))
try:
    print(len(store.records()))
    store.remove("any")
except HarnessError as error:
    print(error)
"""


def as_a_reader(home: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", AS_A_READER, str(home)], check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def test_a_home_that_is_read_only_can_be_read(public_home: Path, make_record: Make) -> None:
    store = Store.of(public_home)
    store.put([make_record(), make_record()])
    store.path.chmod(0o444)
    public_home.chmod(0o555)
    count, refusal = as_a_reader(public_home)
    assert count == "2"
    assert "cannot be opened here" in refusal


def test_a_store_in_use_elsewhere_that_cannot_be_read_whole_says_so(
    public_home: Path, make_record: Make
) -> None:
    store = Store.of(public_home)
    store.put([make_record()])
    # a log whose last changes are not yet in the store, and no right to take them over
    log = store.path.with_name(f"{store.path.name}-wal")
    log.write_bytes(b"pending")
    store.path.chmod(0o444)
    public_home.chmod(0o555)
    [refusal] = as_a_reader(public_home)
    assert "cannot be opened here" in refusal
