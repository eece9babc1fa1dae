"""What an installation consists of, whether each part works, and what to do where it does not."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs
import psutil
import torch

from harness.errors import HarnessError
from harness.physics.builtin_opacities import fingerprint
from harness.registry import hookspecs
from harness.registry.plugins import WITHOUT, distribution_of, left_out, manager, registry
from harness.runs.disk_use import bytes_of
from harness.runs.home import Home
from harness.runs.leftovers import leftovers
from harness.runs.machine import git_revision, processor_name, versions
from harness.runs.one_run import run

State = Literal["ok", "note", "wrong"]

FEW_BYTES = 2 * 10**9  # of free space, below which a run of a large challenge may not fit
SELF_TEST = {"challenge": {"train": 400, "valid": 50, "test": 20, "rows": 200}}


@dataclass(frozen=True)
class Finding:
    """One part of the installation.

    Attributes:
        what: it is.
        found: in words.
        state: whether it works; a note is worth knowing and no fault.
        advice: what to do, where something can be done.
    """

    what: str
    found: str
    state: State = "ok"
    advice: str | None = None


def examine(home: Home) -> Iterator[Finding]:
    """Everything but the self-test, one after the other; nothing is written."""
    yield Finding("python", f"{platform.python_version()} on {platform.platform()}")
    libraries = {name: version for name, version in versions([]).items() if name != "python"}
    yield Finding("versions", ", ".join(f"{name} {version}" for name, version in libraries.items()))
    yield Finding("revision", git_revision() or "installed as a package")
    yield from _plugins()
    yield Finding("processor", processor_name())
    yield _threads()
    yield _device()
    yield _home(home)
    yield _space("free space of the home", _nearest(home.path))
    yield from _cache()


def _plugins() -> Iterator[Finding]:
    """The distributions of plugins, those that are left out, and those that cannot be imported."""
    whole: list[str] = []
    unwanted: list[str] = []
    broken: list[str] = []
    for point in importlib.metadata.entry_points(group=hookspecs.PROJECT):
        name, version = distribution_of(point)
        works = manager().has_plugin(f"{name}:{point.name}")
        (whole if works else unwanted if left_out(point) else broken).append(f"{name} {version}")
    listed = ", ".join(sorted(set(whole))) or "none"
    yield Finding("plugins", f"{len(list(registry()))} components; {listed}")
    if unwanted:
        yield Finding("left out", f"{', '.join(sorted(set(unwanted)))}, which {WITHOUT} names")
    for label in sorted(set(broken)):
        yield Finding("plugin", f"{label} cannot be imported", "wrong", "install it anew, or uninstall it")


def _threads() -> Finding:
    """How many cores are used, where fewer than there are."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1
    used = torch.get_num_threads()
    limit = os.environ.get("OMP_NUM_THREADS")
    told = f"{used} of {cores} cores" + (f" (OMP_NUM_THREADS={limit})" if limit else "")
    if used < cores:
        return Finding("threads", told, "note", "unset OMP_NUM_THREADS to use all")
    if used > cores:
        return Finding("threads", told, "note", f"set OMP_NUM_THREADS={cores}: more threads than cores wait")
    return Finding("threads", told)


def _device() -> Finding:
    if not torch.cuda.is_available():
        built = "torch is built without CUDA" if torch.version.cuda is None else "torch sees no CUDA device"
        return Finding("device", f"cpu ({built})")
    try:
        number = float(torch.ones(64, 64, device="cuda").mm(torch.ones(64, 64, device="cuda")).sum())
        memory = torch.cuda.get_device_properties(0).total_memory / 2**30
        named = f"cuda ({torch.cuda.get_device_name(0)}, {memory:.0f} GiB)"
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        return Finding("device", f"cuda fails: {reason}", "wrong", "use --device cpu, or mend the driver")
    if number != 64.0**3:
        return Finding("device", f"{named} computes wrongly", "wrong", "use --device cpu")
    return Finding("device", named)


def _home(home: Home) -> Finding:
    if not home.path.exists():
        above = _nearest(home.path)
        if not (above.is_dir() and os.access(above, os.W_OK)):
            return Finding(
                "home", f"{home.path} cannot be made in {above}", "wrong", "choose another with HARNESS_HOME"
            )
        return Finding("home", f"{home.path}, not there yet: the first run makes it")
    if not os.access(home.path, os.W_OK):
        return Finding(
            "home", f"{home.path} cannot be written to", "wrong", "choose another with HARNESS_HOME"
        )
    runs = len(home.all_runs())
    told = f"{home.path}: {runs:,} runs, {bytes_of(home.path) / 1e6:,.1f} MB"
    unneeded = sum(one.n_bytes for one in leftovers(home))
    if unneeded:
        return Finding(
            "home",
            f"{told}, {unneeded / 1e6:,.1f} MB of it unneeded",
            "note",
            "'harness runs prune' shows it",
        )
    return Finding("home", told)


def _cache() -> Iterator[Finding]:
    """Where opacities are kept."""
    root = platformdirs.user_cache_path("ariel-harness", appauthor=False)
    if not os.access(_nearest(root), os.W_OK):
        yield Finding("cache", f"{root} cannot be written to", "wrong", "change XDG_CACHE_HOME")
        return
    size = f", {bytes_of(root) / 1e6:,.1f} MB" if root.exists() else ", not there yet"
    yield Finding("cache", f"{root}{size}")
    there = (root / f"band-model-{fingerprint()}").is_dir()
    yield Finding(
        "built-in opacities", "in the cache" if there else "made when they are first used (seconds)"
    )


def _space(what: str, path: Path) -> Finding:
    free = shutil.disk_usage(path).free
    told = f"{free / 1e9:,.1f} GB"
    if free < FEW_BYTES:
        return Finding(what, told, "note", "free some, or choose another home with HARNESS_HOME")
    return Finding(what, told)


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    while not path.exists():
        path = path.parent
    return path


def self_test() -> Finding:
    """Fit, sample, score and record a small challenge in a folder that is removed afterwards, twice.

    The two runs have one seed, so they must have the same scores.
    """
    begun = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix="harness-doctor-") as folder:
            first, second = (
                run(
                    "nearest",
                    "toy",
                    scorers=("r2",),
                    samples=1000,
                    device="auto",
                    settings=SELF_TEST,
                    home=folder,
                    quiet=True,
                )
                for _ in range(2)
            )
    except HarnessError as error:
        return Finding("self-test", str(error), "wrong", "'harness --debug run -c toy -e nearest' says more")
    seconds = time.perf_counter() - begun
    if first.scores != second.scores:
        return Finding("self-test", "one seed gives two results", "wrong", "try --device cpu")
    value = first.scores[0].value
    return Finding("self-test", f"fit, sampled, scored (r2 {value:.3f}) and recorded in {seconds:.1f} s")
