"""What a run is computed on: the device, its memory, and the versions of what computes."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import torch

from harness.data.record import MemoryRecord

SAMPLING_INTERVAL = 0.05  # seconds between two readings of the resident memory
LIBRARIES = ("ariel-harness", "torch", "numpy", "pydantic", "h5py", "scikit-learn")


def device_name(device: torch.device) -> str:
    """The device in words, for the record."""
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    return f"cpu ({psutil.cpu_count()} cores)"


def processor_name() -> str:
    """The host's processor in words, with its cores and memory: "AMD EPYC, 2 cores, 7.8 GiB"."""
    model = platform.processor() or platform.machine()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name" and value.strip():
                model = value.strip()
                break
    return f"{model}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.1f} GiB"


class PeakMemory:
    """The highest memory seen while `watch` is active."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._host = 0

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Read the resident memory until the block ends; on CUDA also the allocator's peak."""
        if self._device.type == "cuda":
            # the allocator has no statistics to reset before
            torch.cuda.init()  # type: ignore[no-untyped-call]
            torch.cuda.reset_peak_memory_stats(self._device)
        finished = threading.Event()
        reader = threading.Thread(target=self._read, args=(finished,), daemon=True)
        reader.start()
        try:
            yield
        finally:
            finished.set()
            reader.join()

    def _read(self, finished: threading.Event) -> None:
        process = psutil.Process()
        while True:
            self._host = max(self._host, process.memory_info().rss)
            if finished.wait(SAMPLING_INTERVAL):
                return

    def record(self) -> MemoryRecord:
        """The peaks in bytes."""
        on_device = None
        if self._device.type == "cuda":
            on_device = int(torch.cuda.max_memory_allocated(self._device))
        return MemoryRecord(host=self._host, device=on_device)


def versions(distributions: Iterable[str]) -> dict[str, str]:
    """Versions of Python, of the libraries that decide numbers, and of the given distributions."""
    found = {"python": platform.python_version()}
    for name in dict.fromkeys([*LIBRARIES, *distributions]):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def git_revision() -> str | None:
    """The revision of the checkout that the harness is installed from, "+" behind it if changed."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    try:
        revision = _git(root, "rev-parse", "--short=12", "HEAD").strip()
        return revision + ("+" if _git(root, "status", "--porcelain", "-uno").strip() else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True, timeout=10
    ).stdout
