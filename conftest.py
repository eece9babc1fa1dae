"""Fixtures for every test of this repository."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run in parallel; before torch is imported
os.environ.setdefault(
    "HARNESS_WITHOUT", "tensorboard,mlflow"
)  # which follow every run; their own tests undo it

import gc
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TextIO

import hypothesis
import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.registry.plugins import manager, registry

MEMORY = Path("/dev/shm")  # a file system in memory, where there is one
ROOM = 4 * 2**30  # bytes; the whole suite leaves less than one GiB

# a busy machine is no failure
hypothesis.settings.register_profile("harness", deadline=None)
hypothesis.settings.load_profile("harness")

# tests press Ctrl-C in processes that they start, which a shell's background job would have deaf to it
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # and nohup to a terminal that is closed
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Each of several processes takes a contiguous half, so that what tests of a file share is made once."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "worksteal"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more process than cores: one in ten seconds a test waits for a process that it began."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Tests write to memory where there is room; a fifth of their time they would wait for a disk."""
    if config.option.basetemp is None and not hasattr(config, "workerinput"):
        with suppress(OSError):
            if shutil.disk_usage(MEMORY).free > ROOM:
                config.option.basetemp = tempfile.mkdtemp(prefix="ariel-harness-tests-", dir=MEMORY)
                config.add_cleanup(partial(shutil.rmtree, config.option.basetemp, ignore_errors=True))


def pytest_collection_finish() -> None:
    """What was imported is no garbage, and is not searched for any by every test that makes much."""
    gc.freeze()


def look_for_plugins_again() -> None:
    """Forget which plugins were found."""
    for cached in (manager, registry):
        cached.cache_clear()


@pytest.fixture
def every_plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No plugin is left out: for tests of those that follow every run."""
    with monkeypatch.context() as changed:
        changed.setenv("HARNESS_WITHOUT", "")
        look_for_plugins_again()
        yield
    look_for_plugins_again()


Invoke = Callable[..., Result]
Install = Callable[[str, str], Path]
Process = Callable[..., "Started"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty harness home that every command of the test uses."""
    folder = tmp_path / "home"
    monkeypatch.setenv("HARNESS_HOME", str(folder))
    return folder


@pytest.fixture
def invoke(home: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Call the `harness` command in this process: `invoke("run", "--all")`."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return call


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Make a throw-away distribution: `install("name", "source of its plugin module")`.

    The folder returned is, on sys.path, an installed distribution.
    """

    def make(name: str, source: str) -> Path:
        folder = tmp_path / "distributions" / name
        module = name.replace("-", "_")
        information = folder / f"{module}-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(f"[harness]\n{name} = {module}\n")
        (folder / f"{module}.py").write_text(textwrap.dedent(source))
        return folder

    return make


@pytest.fixture
def install_here(install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Make a throw-away distribution that this process sees, until the end of the test."""

    before = set(sys.modules)

    def make(name: str, source: str) -> Path:
        folder = install(name, source)
        monkeypatch.syspath_prepend(folder)
        look_for_plugins_again()
        return folder

    yield make
    look_for_plugins_again()
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


class Started:
    """A `harness` command in a process of its own, with what tests use of `subprocess.Popen`."""

    def __init__(self, stdout: TextIO, stderr: TextIO, told: TextIO) -> None:
        self.stdout, self.stderr, self._told = stdout, stderr, told
        self.pid = int(told.readline())
        self.returncode: int | None = None

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def communicate(self) -> tuple[str, str]:
        """Standard output and standard error, when the command has ended."""
        with ThreadPoolExecutor() as threads:
            output, errors = threads.map(lambda stream: stream.read(), (self.stdout, self.stderr))
        with self:
            return output, errors

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        self.stderr.close()
        self.wait()


@pytest.fixture(scope="session")
def process_server() -> Iterator[socket.socket]:
    """Where `tests/process_server.py` takes requests."""
    ours, theirs = socket.socketpair()
    with ours:
        command = [sys.executable, str(Path(__file__).parent / "tests" / "process_server.py")]
        files = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "pass_fds": (theirs.fileno(),)}
        server = subprocess.Popen([*command, str(theirs.fileno())], **files)  # type: ignore[call-overload]
        theirs.close()
        yield ours
    server.wait()


@pytest.fixture
def process(home: Path, process_server: socket.socket) -> Process:
    """Start the `harness` command in a process of its own that sees these distributions.

    Further keywords are variables of its environment; it can write no file of more than `largest_file` bytes.
    """

    def start(
        *arguments: str | Path, seeing: tuple[Path, ...] = (), largest_file: int | None = None, **more: str
    ) -> Started:
        path = [str(folder) for folder in seeing]
        environment = dict(os.environ, COLUMNS="200", NO_COLOR="1", HARNESS_HOME=str(home)) | more
        environment["PYTHONPATH"] = os.pathsep.join([*path, *filter(None, [os.environ.get("PYTHONPATH")])])
        asked = {
            "arguments": [str(argument) for argument in arguments],
            "environment": environment,
            "folder": str(Path.cwd()),
            "seeing": path,
            "largest_file": largest_file,
        }
        pipes = [os.pipe() for _ in range(3)]
        socket.send_fds(process_server, [json.dumps(asked).encode() + b"\n"], [write for _, write in pipes])
        for _, write in pipes:
            os.close(write)
        return Started(*(open(read, encoding="utf-8") for read, _ in pipes))

    return start


@pytest.fixture
def shared_data() -> Path:
    """The published data that lie beside the repository."""
    return Path(__file__).parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """Small inputs of the kinds that users have, each with its right answer, beside the repository."""
    return Path(__file__).parent.parent / "shared" / "cases"


@pytest.fixture(scope="session")
def hela() -> Path:
    """The published HELA data beside the repository."""
    return Path(__file__).parent.parent / "shared" / "data" / "hela"
