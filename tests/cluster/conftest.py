"""One cluster of two worker processes for every test here, with methods that are hard on a worker."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from harness.cluster import connection
from harness.cluster.place import Place
from harness.registry.plugins import manager, registry

HARD = """
import os
import signal
from pathlib import Path

from pydantic import Field

from harness import Component, Estimator, HarnessError, hookimpl
from harness.estimators.prior import Prior


class Killer(Prior):
    '''The prior; the first `deaths` processes that fit it kill themselves.'''

    class Options(Prior.Options):
        folder: str = Field("", description="where deaths are counted")
        deaths: int = Field(1, description="how many")

    def fit(self, train, valid, run):
        super().fit(train, valid, run)
        for number in range(self.options.deaths if self.options.folder else 0):  # `--all` names none
            try:
                (Path(self.options.folder) / f"{run.seed}-{number}").touch(exist_ok=False)
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)


class Linker(Prior):
    '''The prior; it leaves a link to another place with its artifacts.'''

    def artifacts(self, directory):
        (directory / "password").symlink_to("/etc/passwd")


@hookimpl
def register_estimators(register):
    register("killer", f"{__name__}:Killer")
    register("linker", f"{__name__}:Linker")
"""


def _look_again() -> None:
    for cached in (manager, registry):
        cached.cache_clear()


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of its scheduler."""
    folder = tmp_path_factory.mktemp("hard-methods")
    information = folder / "hard_methods-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: hard-methods\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[harness]\nhard = hard_methods\n")
    (folder / "hard_methods.py").write_text(HARD)
    sys.path.insert(0, str(folder))
    _look_again()
    patch = pytest.MonkeyPatch()
    patch.setattr(connection, "TRIES", 2)  # a worker takes seconds to be born
    try:
        with connection.connected(Place("local", workers=2), 2) as client:
            yield client.scheduler.address
    finally:
        patch.undo()
        sys.path.remove(str(folder))
        _look_again()
        sys.modules.pop("hard_methods", None)


@pytest.fixture
def small() -> tuple[str, ...]:
    """Options of a challenge that takes no time."""
    return ("-c", "toy", "--set", "toy.train=60", "--set", "toy.valid=20", "--set", "toy.test=4", "-s", "r2")
