"""What is damaged, made by the harness that is tried: a challenge, a directory, and two runs."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

import h5py
import numpy as np

from fuzzing.hdf5 import Secrets
from fuzzing.judging import TOKEN, call_here
from fuzzing.readers import RUN, Whole

ROWS = 60  # of a trace


def make_material(folder: Path, learned: str) -> tuple[Whole, Secrets]:
    """Make everything that inputs are damaged from; the files that nobody may read among it.

    It is made in this process, which has then imported everything, so that forks of it are quick.

    Arguments:
        folder: where to.
        learned: an estimator, whose run is damaged beside one of the prior.
    """
    home = folder / "home"
    challenge, release = folder / "whole.h5", folder / "release"
    for place in (challenge, release):
        _must(folder, home, "simulate", str(place), "--planets", "12", "--test", "4")
    _add_traces_to_file(challenge)
    for part in ("TrainingData", "TestData"):
        _add_traces_to_release(release / part / "Ground Truth Package" / "Tracedata.hdf5")
    spec = f"simulated:{challenge}"
    for estimator in ("prior", learned):
        _must(folder, home, *RUN[:2], estimator, *RUN[3:], spec, "--name", f"the {estimator}")
    runs = sorted(path.parent for path in (home / "runs").glob("*/record.json"))
    _write_spectrum(challenge, home / "planet.csv")
    auxiliary = _auxiliary(challenge)
    predict = ("predict", str(runs[-1]), str(home / "planet.csv"), *auxiliary, "--samples", "20")
    _must(folder, home, *predict, "-o", str(folder / "predicted"))
    _must(folder, home, "leaderboard", "snapshot", str(folder / "published"))
    (folder / "secret.txt").write_text(f"{TOKEN}\n" * 5_000)
    shutil.copyfile(challenge, folder / "secret.h5")
    secrets = Secrets(folder / "secret.txt", folder / "secret.h5")
    return Whole(challenge, release, home, runs[::-1], auxiliary), secrets


def _must(folder: Path, home: Path, *arguments: str) -> None:
    with redirect_stdout(io.StringIO()):
        code = call_here(arguments, folder, home)
    if code:
        raise SystemExit(f"harness {' '.join(arguments)} ended with {code}")


def _add_traces_to_file(path: Path) -> None:
    draw = np.random.default_rng(0)
    with h5py.File(path, "r+") as file:
        group = file["test"]
        truth = group["parameters"][()]
        rows = len(truth) * ROWS
        for name, values in (
            ("trace_lengths", np.full(len(truth), ROWS, dtype="i4")),
            ("trace_values", np.repeat(truth, ROWS, axis=0) + draw.normal(0, 0.01, (rows, truth.shape[1]))),
            ("trace_weights", np.full(rows, 1 / ROWS, dtype="f4")),
            ("log_evidence", np.zeros(len(truth))),
        ):
            if name in group:
                del group[name]
            group.create_dataset(name, data=values, compression="gzip")


def _add_traces_to_release(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        for index, group in enumerate(file.values()):
            columns = 7
            del group["tracedata"], group["weights"]
            group["tracedata"] = np.random.default_rng(index).uniform(0.5, 1, (ROWS, columns))
            group["weights"] = np.full(ROWS, 1 / ROWS)


def _write_spectrum(challenge: Path, path: Path) -> None:
    with h5py.File(challenge) as file:
        wavelength = json.loads(file.attrs["schema"])["wavelength"]
        rows = zip(wavelength, file["test/spectrum"][0], file["test/noise"][0], strict=True)
        path.write_text("wavelength,depth,noise\n" + "".join(f"{w},{d},{s}\n" for w, d, s in rows))


def _auxiliary(challenge: Path) -> Sequence[str]:
    with h5py.File(challenge) as file:
        columns = json.loads(file.attrs["schema"])["auxiliary"]
        values = file["test/auxiliary"][0]
    pairs = zip(columns, values, strict=True)
    return [word for column, value in pairs for word in ("-a", f"{column['name']}={value}")]
