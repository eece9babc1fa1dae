"""Every reader of the harness: what it is given whole, and how that is damaged."""

from __future__ import annotations

import json
import os
import random
import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import h5py
import numpy as np

from fuzzing import words
from fuzzing.files import odd_file
from fuzzing.hdf5 import Secrets, damage_hdf5

RUN = ("run", "-e", "prior", "--samples", "1000", "--scorer", "rmse", "-c")


@dataclass(frozen=True)
class Input:
    """Commands to be given one after the other while they succeed, and whether the first must refuse."""

    what: str
    commands: Sequence[Sequence[str]]
    must_refuse: bool = False


@dataclass(frozen=True)
class Whole:
    """What is damaged, as the harness itself makes it (see `fuzzing.material`).

    Attributes:
        challenge: a file of `harness simulate`, with traces.
        release: a directory in the layout of the Ariel 2023 release, with traces.
        home: a harness home with a finished run of random-forest (or nearest) and one of the prior.
        runs: their folders.
        auxiliary: the arguments that `harness predict` needs beside a spectrum.
    """

    challenge: Path
    release: Path
    home: Path
    runs: Sequence[Path]
    auxiliary: Sequence[str]


class Reader(ABC):
    """A kind of input."""

    name: ClassVar[str]

    def __init__(self, whole: Whole, secrets: Secrets) -> None:
        self.whole, self.secrets = whole, secrets

    @abstractmethod
    def make(self, rng: random.Random, folder: Path) -> Input:
        """A damaged input in an empty folder; the home of its commands is `folder / "home"`."""

    def damage(self, rng: random.Random, path: Path) -> tuple[str, bool]:
        """Damage a file by its kind; what was done, and whether it must be refused."""
        ending = path.suffix.lower()
        if rng.random() < 0.12:
            what = odd_file(rng, path)
            return f"{what} {path.name}", False
        if ending in (".h5", ".hdf5"):
            done = damage_hdf5(rng, path, self.secrets)
            return f"{path.name}: {done.what}", done.must_refuse
        original = path.read_bytes()
        if ending == ".json":
            path.write_bytes(words.damaged_json(rng, original))
        elif ending in (".npy", ".safetensors", ".sqlite"):
            path.write_bytes(_damaged_header(rng, original))
        else:
            path.write_bytes(words.damaged_text(rng, original))
        return f"text of {path.name}", False


def _damaged_header(rng: random.Random, original: bytes) -> bytes:
    """A binary file whose first bytes, where its header stands, are damaged, or any of them."""
    if rng.random() < 0.2:
        return original[: rng.randrange(len(original))]
    head = min(len(original), rng.choice((16, 128, len(original))))
    return words.flipped(rng, original[:head]) + original[head:]


class SimulatedFile(Reader):
    """`simulated:FILE`."""

    name = "simulated"
    HOSTILE = ("negative noise", "zero noise", "repeated ids", "infinite weight", "zero weights", "complex")

    def make(self, rng: random.Random, folder: Path) -> Input:
        path = folder / "gift.h5"
        shutil.copyfile(self.whole.challenge, path)
        if rng.random() < 0.15:
            what, must_refuse = self._contradict(rng, path), True
        else:
            what, must_refuse = self.damage(rng, path)
        spec = f"simulated:{path}"
        commands: list[Sequence[str]] = [("data", "describe", spec)]
        if must_refuse or rng.random() < 0.2:
            commands += [(*RUN, spec), ("submit", "latest", "-o", "answer.hdf5")]
        return Input(what, commands, must_refuse)

    def _contradict(self, rng: random.Random, path: Path) -> str:
        what = rng.choice(self.HOSTILE)
        with h5py.File(path, "r+") as file:
            group = file[rng.choice(("train", "test"))]
            if what == "repeated ids":
                group["planet_id"][1] = group["planet_id"][0]
            elif what == "complex":
                values = group["spectrum"][()].astype("c8") + 1j
                del group["spectrum"]
                group["spectrum"] = values
            elif what.endswith("noise"):
                group["noise"][0, 3] = -1e-5 if what.startswith("neg") else 0
            else:
                group = file["test"]
                weights = group["trace_weights"][()]
                if what == "infinite weight":
                    weights[0] = np.inf
                else:
                    weights[: group["trace_lengths"][0]] = 0
                group["trace_weights"][...] = weights
        return what


class Release(Reader):
    """`ariel2023:DIR`."""

    name = "ariel2023"

    def make(self, rng: random.Random, folder: Path) -> Input:
        copy = folder / "release"
        shutil.copytree(self.whole.release, copy)
        files = sorted(
            path for path in copy.rglob("*") if path.is_file() and path.name != "QuartilesTable.csv"
        )
        what, must_refuse = self.damage(rng, rng.choice(files))
        commands: list[Sequence[str]] = [("data", "describe", f"ariel2023:{copy}")]
        if must_refuse:
            commands += [(*RUN, f"ariel2023:{copy}")]
        return Input(what, commands, must_refuse)


class Submission(Reader):
    """`harness score FILE`."""

    name = "submission"

    def make(self, rng: random.Random, folder: Path) -> Input:
        path = folder / "answer.hdf5"
        shutil.copyfile(self.whole.runs[0] / "predictions.h5", path)
        what, must_refuse = self.damage(rng, path)
        score = ("score", str(path), "-c", f"simulated:{self.whole.challenge}", "--scorer", "rmse")
        return Input(what, [score], must_refuse)


class Opacities(Reader):
    """`harness opacities describe DIR`."""

    name = "opacities"

    def make(self, rng: random.Random, folder: Path) -> Input:
        directory = folder / "opacities"
        directory.mkdir()
        write_opacities(directory)
        what, must_refuse = self.damage(
            rng, directory / rng.choice(("H2O.h5",) * 6 + ("H2-He.cia", "opacCO.dat"))
        )
        return Input(what, [("opacities", "describe", str(directory), "--check")], must_refuse)


def write_opacities(directory: Path) -> None:
    wavenumber = np.linspace(1000, 11000, 40)
    temperature, pressure = np.linspace(100, 3000, 4), np.geomspace(1e-5, 10, 3)
    with h5py.File(directory / "H2O.h5", "w") as file:
        file["bin_edges"], file["t"], file["p"] = wavenumber, temperature, pressure
        file["p"].attrs["units"] = "bar"
        file["xsecarr"] = np.full((3, 4, 40), 1e-22)
        file["mol_name"] = np.array([b"H2O"])
    rows = [f"{at:.4f} {1e-45:.4e}\n" for at in wavenumber]
    blocks = [
        f"H2-He {wavenumber[0]} {wavenumber[-1]} 40 {t} 1e-44\n" + "".join(rows) for t in (200.0, 400.0)
    ]
    (directory / "H2-He.cia").write_text("".join(blocks))
    grids = [" ".join(f"{t:.1f}" for t in temperature), " ".join(f"{p:.2e}" for p in pressure)]
    body = []
    for at in wavenumber[::-1]:
        body += [f"{1e-2 / at:.6e}"] + [f"{p:.2e} " + " ".join(["1e-27"] * 4) for p in pressure]
    (directory / "opacCO.dat").write_text("\n".join([*grids, *body]) + "\n")


class Hela(Reader):
    """`hela:DIR`: a JSON document and .npy files."""

    name = "hela"

    def make(self, rng: random.Random, folder: Path) -> Input:
        directory = folder / "hela"
        directory.mkdir()
        draw = np.random.default_rng(0)
        table = np.column_stack([draw.normal(1.4, 0.01, (30, 5)), draw.uniform(0, 1, (30, 2))])
        for name, values in (
            ("training.npy", table),
            ("testing.npy", table[:10]),
            ("wavelength.npy", np.linspace(0.8, 1.6, 5)),
            ("error_bars.npy", np.full(5, 0.005)),
        ):
            np.save(directory / name, values)
        metadata = {"names": ["$T (K)$", "$H_2O$"], "ranges": [[0, 1], [0, 1]], "num_features": 5}
        described = {"metadata": metadata, "training_data": "training.npy", "testing_data": "testing.npy"}
        (directory / "dataset.json").write_text(json.dumps(described))
        files = sorted(directory.iterdir())
        what = _odd_header(rng, rng.choice([path for path in files if path.suffix == ".npy"]))
        if what is None:
            what = self.damage(rng, rng.choice(files))[0]
        return Input(what, [("data", "describe", f"hela:{directory}")])


HEADERS = (
    "(10**30,)".replace("10**30", "1" + "0" * 30),
    "(True,)",
    "(-3,)",
    "(3,",
    "(10, 7.0)",
    "()",
    "(100000000, 7)",
    "[10, 7]",
    "(10, 7) if 1 else 0",
    "(" * 3000 + ")" * 3000,
    "((10, 7),)",
)


def _odd_header(rng: random.Random, path: Path) -> str | None:
    """A header of a .npy file that promises something else, for a third of the inputs."""
    if rng.random() > 1 / 3:
        return None
    shape, kind = rng.choice(HEADERS), rng.choice(("<f8", "<f8", "|O", "<c16", "|S3", ">i4", "<U4", "x"))
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    data = path.read_bytes()[128:]
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data)
    if rng.random() < 0.3:
        os.truncate(path, 3 * 2**30)
    return f"header of {path.name}: {kind} {shape[:20]}"


class Spectrum(Reader):
    """`harness predict RUN FILE`."""

    name = "spectrum"

    def make(self, rng: random.Random, folder: Path) -> Input:
        with h5py.File(self.whole.challenge) as file:
            wavelength = json.loads(file.attrs["schema"])["wavelength"]
            depth, noise = file["test/spectrum"][0], file["test/noise"][0]
        path = folder / rng.choice(("planet.csv", "planet.dat", "planet.npy"))
        if path.suffix == ".npy":
            np.save(path, depth.astype(np.float64))
            what = _odd_header(rng, path)
        else:
            rows = zip(wavelength, depth, noise, strict=True)
            path.write_text("wavelength,depth,noise\n" + "".join(f"{w},{d},{s}\n" for w, d, s in rows))
            what = None
        if what is None:
            what = self.damage(rng, path)[0]
        np.save(folder / "noise.npy", noise.astype(np.float64))
        noisy = ("--noise", "noise.npy") if path.suffix == ".npy" else ()
        command = ("predict", str(self.whole.runs[0]), str(path), *noisy, *self.whole.auxiliary)
        return Input(what, [(*command, "--samples", "20", "-o", "out")])
