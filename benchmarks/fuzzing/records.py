"""Records, the folders of runs, and the store: what a stranger's run is taken from."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from fuzzing import words
from fuzzing.readers import Input, Reader

BOARD: tuple[Sequence[str], ...] = (
    ("leaderboard",),
    ("leaderboard", "--runs", "--failed"),
    ("leaderboard", "--csv"),
    ("leaderboard", "--json"),
    ("leaderboard", "show", "latest"),
    ("leaderboard", "snapshot", "published"),
)


class Record(Reader):
    """`harness leaderboard add` of a record, and everything that is then made of the board."""

    name = "record"

    def make(self, rng: random.Random, folder: Path) -> Input:
        shutil.copytree(self.whole.home, folder / "home")
        gift = folder / "gift" / "run"
        gift.mkdir(parents=True)
        path = gift / "record.json"
        shutil.copyfile(self.whole.runs[0] / "record.json", path)
        record = json.loads(path.read_bytes())
        record["run_id"] = "20990101-000000000-stranger-0000"
        record["label"] = "gift"
        record["started_at"] = "2099-01-01T00:00:00+00:00"
        path.write_text(json.dumps(record))
        what = self.damage(rng, path)[0]
        return Input(what, [("leaderboard", "add", "gift"), *BOARD])


class RunFolder(Reader):
    """The folder of a run, from which `predict` and `submit` read."""

    name = "run folder"

    def make(self, rng: random.Random, folder: Path) -> Input:
        copy = folder / "run"
        shutil.copytree(rng.choice(self.whole.runs), copy)
        files = sorted(path for path in copy.rglob("*") if path.is_file())
        read = [path for path in files if path.suffix in (".json", ".h5", ".safetensors")]
        path = rng.choice(read + [path for path in read if path.suffix == ".json"])
        what, must_refuse = self.damage(rng, path)
        with_spectrum = ("predict", str(copy), str(folder / "planet.csv"), *self.whole.auxiliary)
        shutil.copyfile(self.whole.home / "planet.csv", folder / "planet.csv")
        predict = (*with_spectrum, "--samples", "20", "-o", "out")
        submit = ("submit", str(copy), "-o", "answer.hdf5")
        if path.name == "predictions.h5":
            return Input(what, [submit], must_refuse)
        return Input(what, [predict, submit], False)


class Store(Reader):
    """The SQLite file of the board."""

    name = "store"
    ENDLESS = (
        "CREATE VIEW runs AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS run_id, '' AS label, '' AS fingerprint, 'finished' AS status, '' AS started_at, "
        "'' AS record FROM n"
    )
    GENERATED = "ALTER TABLE runs ADD COLUMN record TEXT GENERATED ALWAYS AS (hex(zeroblob(490000000)))"

    def make(self, rng: random.Random, folder: Path) -> Input:
        shutil.copytree(self.whole.home, folder / "home")
        path = folder / "home" / "leaderboard.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        way = rng.choice(("file", "view", "generated", "record", "record", "column", "blob", "parts"))
        if way == "file":
            what = self.damage(rng, path)[0]
        else:
            what = f"store with {way}"
            with closing(sqlite3.connect(path)) as connection, connection:
                self._spoil(rng, connection, way)
        return Input(what, [*BOARD, ("leaderboard", "add", str(self.whole.runs[0]))])

    def _spoil(self, rng: random.Random, connection: sqlite3.Connection, way: str) -> None:
        if way == "view":
            connection.execute("DROP TABLE runs")
            connection.execute(self.ENDLESS)
            return
        if way == "generated":
            connection.execute("ALTER TABLE runs RENAME COLUMN record TO former")
            connection.execute(self.GENERATED)
            return
        if way == "parts":
            column = rng.choice(("names", "numbers"))
            connection.execute(f"UPDATE parts SET {column} = ?", (words.text(rng).encode(errors="replace"),))
            return
        run_id, record = connection.execute("SELECT run_id, record FROM runs LIMIT 1").fetchone()
        if way == "record":
            value: str | bytes = words.damaged_json(rng, record.encode()).decode(errors="replace")
        elif way == "blob":
            value = b"\xff\xfe\0" * 1000
        else:
            value = words.text(rng).encode(errors="replace").decode()
        column = rng.choice(("label", "started_at", "fingerprint")) if way == "column" else "record"
        connection.execute(f"UPDATE runs SET {column} = ? WHERE run_id = ?", (value, run_id))
