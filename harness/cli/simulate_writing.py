"""What every way of `harness simulate` does with its target: room, progress, publication."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from harness.cli.termination import goes_on
from harness.components.run import Run
from harness.errors import HarnessError
from harness.files.lock import working_alone
from harness.files.storage import is_disk_full, require_space
from harness.retrieval.reference_traces import Elsewhere

BYTES_OF_A_PLANET = 8 * 1024  # spectra take half of it, tables and the empty traces the rest
BYTES_OF_A_TRACE = 400 * 1024  # 3,000 rows of 8 numbers, kept until all of them are written once more


@contextmanager
def writing_alone(target: Path, n_bytes: int) -> Iterator[Path]:
    """Keep other simulations out of a target, from before the first planet until it is written.

    Arguments:
        target: a directory or a file that is not there yet; the folders above it are made.
        n_bytes: what it takes at most.

    Returns:
        The folder of finished retrievals.

    Raises:
        HarnessError: the target is there, is another simulation's, or cannot be written.
    """
    require_space(_existing_parent(target), n_bytes, "choose another place")
    work = target.with_name(f".{target.name}.traces")
    with ExitStack() as stack:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(working_alone(work, f"simulation of {target}"))
        except OSError as error:
            raise HarnessError(
                f"{target} cannot be written ({error.strerror}); choose another place."
            ) from error
        refuse_existing(target)  # another may have ended just now
        yield work


def refuse_existing(target: Path) -> None:
    """Refuse a target that is there already, before anything is computed.

    Raises:
        HarnessError: it is.
    """
    if target.exists():
        raise HarnessError(f"{target} exists already; choose another place or remove it.")


def publish(target: Path, write: Callable[[], None], work: Path, traced: bool) -> None:
    """Write the target, and clear away what was kept beside it until then.

    Arguments:
        target: a directory or a file.
        write: writes it, or raises an OSError and leaves nothing behind.
        work: folder of finished retrievals.
        traced: whether there are retrievals.

    Raises:
        HarnessError: it cannot be written.
    """
    try:
        write()
    except OSError as error:
        reason = "the disk is full" if is_disk_full(error) else error.strerror
        kept = ": retrievals are kept, and the same command takes them up" if traced else ""
        raise HarnessError(
            f"{target} cannot be written ({reason}) and nothing half-written was left; mend that or "
            f"choose another place{kept}."
        ) from error
    for done_with in (work, *target.parent.glob(f".{glob.escape(target.name)}.*.partial")):
        if done_with.is_dir():  # the partial ones are of commands that were killed: nobody else is at work
            shutil.rmtree(done_with, ignore_errors=True)
        else:
            done_with.unlink(missing_ok=True)


def options_given() -> list[str]:
    """What was asked for, without the places where it is made and written, which do not change it."""
    given: list[str] = []
    for name, value in click.get_current_context().params.items():
        if name in ("target", "device", "cluster") or value is None:
            continue
        option = {"shifts": "--shift", "settings": "--set"}.get(name, f"--{name.replace('_', '-')}")
        for one in value if isinstance(value, tuple) else (value,):
            given += [option, str(one)]
    return given


def _existing_parent(target: Path) -> Path:
    parent = target.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise HarnessError(f"{target} cannot be written, because {parent} is a file; choose another place.")
    return parent


def retrieving_on(cluster: str | None, traces: int | None) -> Elsewhere | None:
    """What retrieves planets on the cluster that `--cluster` names; None without one.

    Raises:
        HarnessError: it is none, its libraries are not installed, or nothing is to be retrieved.
    """
    if cluster is None:
        return None
    from harness.cluster.connection import require_dask
    from harness.cluster.place import Place

    place = Place.parse(cluster)
    if traces is None:
        raise HarnessError(
            "--cluster is for retrievals, and without --traces N there are none: leave it out."
        )
    require_dask(place)
    from harness.cluster.retrievals import on_cluster

    return on_cluster(place)


@contextmanager
def simulate_progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Progress on standard error."""
    run = Run(name="simulate", quiet=False)
    with run.progress(what, total) as advance:
        yield advance


@contextmanager
def retrieval_progress(total: int) -> Iterator[Callable[[int], None]]:
    """Progress of retrievals, each of which is kept, so that the same command goes on with the others."""
    with goes_on("the same command"), simulate_progress("retrievals", total) as advance:
        yield advance
