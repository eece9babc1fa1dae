"""Seconds and peak memory of loading a directory of the size of the Ariel 2023 release.

    python benchmarks/load_ariel2023.py

writes such a directory into a temporary folder first: 41,423 training planets, 6,766 of them with
a trace of 4,000 x 7, and 685 test planets without a truth (2 GB). Each measurement is a process of
its own on a file that was dropped from the page cache. The peer reads the same files as the
challenge's notebook does: pandas for the tables, one h5py lookup after the other for the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GIB = 2**30


def write(directory: Path, n_planets: int, n_traces: int, n_rows: int) -> None:
    """Write a directory in the published layout, filled with random numbers."""
    import numpy as np
    import torch

    from harness.challenges import Observations, Split, Traces, Truth
    from harness.challenges.ariel2023.grid import PARAMETERS, WAVELENGTH, WIDTH
    from harness.challenges.ariel2023.layout import AUXILIARY, SPLITS_TABLE, TRAINING
    from harness.challenges.ariel2023.writer import write_ariel2023
    from harness.data.schema import Schema

    schema = Schema(parameters=PARAMETERS, wavelength=WAVELENGTH, width=WIDTH, auxiliary=AUXILIARY)
    generator = torch.Generator().manual_seed(0)
    lower, upper = torch.tensor(schema.bounds, dtype=torch.float64).T

    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    def observations(name: str, n: int) -> Observations:
        planets = np.array([f"{name}{i + 1}" for i in range(n)])
        spectrum, noise = 8e-3 + 1e-3 * uniform(n, len(WAVELENGTH)), 1e-5 + 1e-4 * uniform(n, len(WAVELENGTH))
        return Observations(planets, spectrum, noise, uniform(n, len(AUXILIARY)))

    has_trace = torch.zeros(n_planets, dtype=torch.int64)
    has_trace[torch.randperm(n_planets, generator=generator)[:n_traces]] = n_rows
    stop = has_trace.cumsum(0)
    values = uniform(n_traces * n_rows, len(PARAMETERS)).mul_(upper - lower).add_(lower)
    weights = torch.full((n_traces * n_rows,), 1 / n_rows, dtype=torch.float64)
    truth = Truth(
        lower + (upper - lower) * uniform(n_planets, len(PARAMETERS)),
        Traces(values, weights, stop - has_trace, stop),
    )
    splits = {
        "train": Split(observations("train", n_planets), truth),
        "test": Split(observations("test", 1), Truth(lower[None])),  # goes with the training planets
        "unlabelled": Split(observations("test", 685), Truth(None)),
    }
    write_ariel2023(directory, schema, splits)
    (directory / TRAINING / SPLITS_TABLE).unlink()  # the release has none
    os.sync()


def load_with_harness(directory: Path) -> None:
    from harness.challenges import load

    challenge = load(f"ariel2023:{directory}")
    begun = time.perf_counter()
    print(json.dumps({name: len(split) for name, split in challenge.splits.items()}), file=sys.stderr)
    read = time.perf_counter()
    print(f"fingerprint {challenge.fingerprint}", file=sys.stderr)
    _report(read - begun, fingerprint=time.perf_counter() - read)


def load_with_loop(directory: Path) -> None:
    import h5py
    import numpy as np
    import pandas as pd

    begun = time.perf_counter()
    for folder in ("TrainingData", "TestData"):
        planets = pd.read_csv(directory / folder / "AuxillaryTable.csv")["planet_ID"]
        columns = ("instrument_wlgrid", "instrument_spectrum", "instrument_noise", "instrument_width")
        matrix = np.zeros((len(planets), 52, 4))
        with h5py.File(directory / folder / "SpectralData.hdf5", "r") as file:
            for row, planet in enumerate(planets):
                matrix[row] = np.stack([file[f"Planet_{planet}"][name][:] for name in columns], axis=-1)
    truth = directory / "TrainingData" / "Ground Truth Package"
    pd.read_csv(truth / "FM_Parameter_Table.csv")
    traces, weights = [], []
    planets = pd.read_csv(directory / "TrainingData" / "AuxillaryTable.csv")["planet_ID"]
    with h5py.File(truth / "Tracedata.hdf5", "r") as file:
        for planet in planets:
            traces.append(np.array(file[f"Planet_{planet}"]["tracedata"]))
            weights.append(np.array(file[f"Planet_{planet}"]["weights"]))
    _report(time.perf_counter() - begun)


def _report(seconds: float, **more: float) -> None:
    print(json.dumps({"seconds": seconds, "peak": _peak_memory(), **more}))


def _peak_memory() -> int:
    """Peak resident bytes of this process, without what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _drop_from_cache(directory: Path) -> None:
    if hasattr(os, "posix_fadvise"):
        for path in directory.rglob("*.hdf5"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _in_process(*arguments: object) -> dict[str, float]:
    words = [sys.executable, __file__, *(str(argument) for argument in arguments)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout or "{}")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="Load a directory of the size of the Ariel 2023 release.")
    parser.add_argument("--planets", type=int, default=41_423)
    parser.add_argument("--traces", type=int, default=6_766)
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument(
        "--folder", type=Path, help="where to write the directory (default: a temporary folder)"
    )
    parser.add_argument("--no-peer", action="store_true", help="leave out the h5py and pandas loop")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        directory = Path(folder) / "release"
        begun = time.perf_counter()
        _in_process("write", directory, given.planets, given.traces, given.rows)
        size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
        print(
            f"{given.planets:,} planets, {given.traces:,} traces of {given.rows:,} x 7: "
            f"{size / GIB:.2f} GiB, written in {time.perf_counter() - begun:.1f} s"
        )
        _drop_from_cache(directory)
        ours = _in_process("harness", directory)
        print(f"harness        {ours['seconds']:6.1f} s  peak {ours['peak'] / GIB:.2f} GiB")
        print(f"  fingerprint  {ours['fingerprint']:6.1f} s")
        if not given.no_peer:
            _drop_from_cache(directory)
            peer = _in_process("loop", directory)
            print(f"h5py + pandas  {peer['seconds']:6.1f} s  peak {peer['peak'] / GIB:.2f} GiB")
            print(f"the harness takes {ours['seconds'] / peer['seconds']:.2f} of the peer's time")


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]), *(int(number) for number in sys.argv[3:6]))
    elif sys.argv[1:2] == ["harness"]:
        load_with_harness(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["loop"]:
        load_with_loop(Path(sys.argv[2]))
    else:
        main()
