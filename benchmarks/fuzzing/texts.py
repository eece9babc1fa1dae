"""Options, settings, places and names: hostile text where a person or a file gives a word."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from fuzzing import words
from fuzzing.readers import RUN, Hela, Input, Reader, write_opacities
from fuzzing.records import BOARD, Record

CONFIG = b"""challenge = "toy"
estimators = ["prior"]
seed = 0
samples = 1000
scorers = ["rmse"]
name = "a label"
time_budget = 100.0

[toy]
train = 20
valid = 2
test = 3
rows = 100
"""


class Settings(Reader):
    """`--config FILE` and `--set KEY=VALUE`."""

    name = "settings"

    def make(self, rng: random.Random, folder: Path) -> Input:
        if rng.random() < 0.6:
            path = folder / "run.toml"
            path.write_bytes(CONFIG)
            what = self.damage(rng, path)[0]
            if rng.random() < 0.4 and path.is_file() and path.stat().st_size < 10**6:
                path.write_bytes(CONFIG + f"noise = {_value(rng)}\n".encode(errors="surrogatepass"))
                what = "value in TOML"
            return Input(what, [("run", "--config", str(path))])
        key = rng.choice(
            ("challenge.train", "toy.noise", "challenge.seed", "toy.rows", "x.y", "challenge.no")
        )
        value = _value(rng).replace("\0", "").encode(errors="ignore").decode()
        return Input(f"--set {key}", [("data", "describe", "toy", "--set", f"{key}={value}")])


def _value(rng: random.Random) -> str:
    return rng.choice(
        (
            rng.choice(words.NUMBERS),
            words.text(rng),
            json.dumps(words.text(rng)),
            "[" * 900,
            "[" * 900 + "]" * 900,
            "{a=" * 900 + "1" + "}" * 900,
            "9" * 5_000,
            "inf",
            "nan",
            "1979-05-27T07:32:00Z",
            "0x" + "f" * 5_000,
        )
    )


class Text(Reader):
    """A hostile text in one of the many places where a text is shown."""

    name = "text"
    PLACES = ("partition", "planet", "parameter", "unit", "hela", "label", "file", "pair", "record")

    def make(self, rng: random.Random, folder: Path) -> Input:
        said, place = words.text(rng), rng.choice(self.PLACES)
        what = f"{place}: {said[:20]!r}"
        if place in ("partition", "planet", "parameter", "unit"):
            path = folder / "gift.h5"
            shutil.copyfile(self.whole.challenge, path)
            self._into_challenge(path, place, said)
            spec = f"simulated:{path}"
            return Input(what, [("data", "describe", spec), (*RUN, spec), ("leaderboard", "show", "latest")])
        if place == "hela":
            made = Hela(self.whole, self.secrets).make(random.Random(0), folder)
            path = folder / "hela" / "dataset.json"
            described = json.loads(path.read_bytes())
            described["metadata"]["names"][0] = said
            path.write_text(json.dumps(described))
            return Input(what, made.commands)
        argument = said.replace("\0", "").encode(errors="ignore").decode()[:100_000]
        if place == "label":
            if rng.random() < 0.3:
                argument = os.fsdecode(b"caf\xe9")
            return Input(what, [(*RUN, "toy", "--set", "toy.train=20", "--name", argument), *BOARD])
        if place == "file":
            named = argument.replace("/", "_").strip(".")[:80] or "empty"
            path = folder / f"{named}.h5"
            shutil.copyfile(self.whole.challenge, path)
            spec = f"simulated:{path.name}"
            return Input(
                what, [("data", "describe", spec), (*RUN, spec), *BOARD, ("score", path.name, "-c", spec)]
            )
        if place == "pair":
            directory = folder / "opacities"
            directory.mkdir()
            write_opacities(directory)
            path = directory / "H2-He.cia"
            pair = f"{next(iter(argument.split()), '')}-He"
            path.write_text(path.read_text().replace("H2-He", pair))
            return Input(what, [("opacities", "describe", str(directory))])
        return self._into_record(rng, folder, said)

    def _into_challenge(self, path: Path, place: str, said: str) -> None:
        with h5py.File(path, "r+") as file:
            if place in ("partition", "planet"):
                group, key = file["test"], {"partition": "partition", "planet": "planet_id"}[place]
                n = len(group["planet_id"])
                old = [b"matched"] * n if key not in group else list(group[key][()])
                new = [said.encode(errors="surrogatepass").rstrip(b"\0") or b"x", *old[1:]]
                if key in group:
                    del group[key]
                group[key] = np.array(new)
                return
            schema = json.loads(file.attrs["schema"])
            schema["parameters"][2]["name" if place == "parameter" else "unit"] = said.replace("\0", "")[
                :30_000
            ]
            file.attrs["schema"] = json.dumps(schema)

    def _into_record(self, rng: random.Random, folder: Path, said: str) -> Input:
        Record(self.whole, self.secrets).make(random.Random(0), folder)
        shutil.rmtree(folder / "gift")
        (folder / "gift" / "run").mkdir(parents=True)
        record = json.loads((self.whole.runs[0] / "record.json").read_bytes())
        record.update(run_id="20990101-000000000-stranger-0000", started_at="2099-01-01T00:00:00+00:00")
        places = [(box, key) for box, key in words.places(record) if isinstance(box[key], str)]
        options = [record["estimator"]["changed"], record["estimator"]["options"], record["versions"]]
        if rng.random() < 0.25:
            rng.choice(options)[said] = said
            where: object = "name of an option"
        else:
            box, where = rng.choice([place for place in places if place[1] not in ("status", "kind")])
            box[where] = said
        (folder / "gift" / "run" / "record.json").write_text(json.dumps(record))
        return Input(f"{where} of a record: {said[:20]!r}", [("leaderboard", "add", "gift"), *BOARD])


class Places(Reader):
    """Files and folders that cannot be: pipes, devices, names too long, no such user, a file as a folder."""

    name = "places"

    def make(self, rng: random.Random, folder: Path) -> Input:
        place = self._place(rng, folder)
        commands: tuple[Sequence[str], ...] = (
            ("data", "describe", f"simulated:{place}"),
            ("data", "describe", f"ariel2023:{place}"),
            ("data", "describe", f"hela:{place}"),
            ("score", place, "-c", f"simulated:{self.whole.challenge}"),
            ("opacities", "describe", place),
            ("predict", str(self.whole.runs[0]), place, *self.whole.auxiliary),
            (
                "predict",
                str(self.whole.runs[0]),
                str(self.whole.home / "planet.csv"),
                *self.whole.auxiliary,
                "--samples",
                "20",
                "-o",
                place,
            ),
            ("predict", place, str(self.whole.home / "planet.csv")),
            ("submit", str(self.whole.runs[0]), "-o", place),
            ("submit", place, "-o", "answer.hdf5"),
            ("run", "--config", place),
            ("leaderboard", "--home", place),
            (*RUN, f"simulated:{self.whole.challenge}", "--home", place),
            ("leaderboard", "snapshot", place, "--home", str(self.whole.home)),
            ("leaderboard", "add", place),
            ("leaderboard", "show", place),
            ("simulate", place, "--planets", "2", "--test", "1"),
            ("spectrum", "-o", f"{place}.png"),
            ("data", "plot", f"simulated:{self.whole.challenge}", "-o", f"{place}.html"),
            ("plugins", "new", "mine", "--directory", place),
            ("plugins", "show", place),
        )
        command = rng.choice(commands)
        return Input(f"{' '.join(command[:2])[:30]} at {place[:30]!r}", [command])

    def _place(self, rng: random.Random, folder: Path) -> str:
        (folder / "file").write_text("a file")
        way = rng.choice(
            (
                "~",
                "long",
                "deep",
                "under",
                "pipe",
                "endless",
                "full",
                "loop",
                "bytes",
                "escape",
                "empty",
                "proc",
                "words",
            )
        )
        if way == "pipe":
            os.mkfifo(folder / "pipe")
        if way == "loop":
            (folder / "loop").symlink_to("loop")
        return {
            "~": "~nosuchuser/x",
            "long": "a" * 300,
            "deep": "a/" * 3000 + "a",
            "under": "file/below",
            "pipe": "pipe",
            "endless": "/dev/zero",
            "full": "/dev/full",
            "loop": "loop",
            "bytes": os.fsdecode(b"caf\xe9"),
            "escape": "\x1b[31mred",
            "empty": "",
            "proc": "/proc/self/x",
            "words": words.text(rng).replace("\0", "").encode(errors="ignore").decode(),
        }[way]
