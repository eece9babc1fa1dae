"""What the commands say to files of spectra that cannot be right: one sentence, and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

Invoke = Callable[..., Result]

N = 16
WAVELENGTH = np.linspace(1.1, 1.7, N)
DEPTH = 0.0214 + 1e-4 * np.sin(9 * WAVELENGTH)
HEAD = "wavelength [um],full width,depth,error\n"
HOST = ("--star-radius", "0.932", "--planet-mass", "0.281")


def table(depth: np.ndarray = DEPTH, error: float = 5e-5, head: str = HEAD, scale: float = 1.0) -> str:
    rows = (
        f"{x:.6g},{0.04 * scale:g},{d:.8g},{error:g}\n"
        for x, d in zip(scale * WAVELENGTH, depth, strict=True)
    )
    return head + "".join(rows)


def long_table(points: int) -> str:
    return HEAD + "".join(f"{0.6 + 1e-5 * at:.5f},1e-5,0.0214,5e-5\n" for at in range(points))


# file, what is in it, what retrieve and simulate say, what describe says, None where it is but described
BAD = {
    "unit of wavelength": (
        table(head="wl,full width,depth,error\n", scale=2000),
        "may be nm or Angstrom or cm-1; say it",
        None,
    ),
    "unit of depth": (
        table(depth=np.full(N, 1.3), error=1e-3),
        "% and ppt would make a planet|% would",
        None,
    ),
    "unit that is none": (table(head="wl[um],full width,depth[mJy],error\n"), "in 'mJy'", "in 'mJy'"),
    "errors of zero": (table(error=0), "has an error of 0 at 1.1 um", None),
    "errors below zero": (table(error=-1e-5), "has an error of -1e-05", None),
    "errors beyond the depths": (table(error=0.3), "times as large as its depths", None),
    "one channel twice": (table() + "1.1,0.04,0.0214,5e-5\n", "has 2 rows for the channel at 1.1 um", None),
    "an emission spectrum": (table(np.linspace(1e-4, 3e-3, N)), "looks like an emission spectrum", None),
    "a negative depth": (table(np.where(np.arange(N) == 4, -1e-4, DEPTH)), "has a depth of -0.0001", None),
    "a negative width": (table().replace("1.1,0.04", "1.1,-0.04"), "has a width of -0.04 um", None),
    "one point": (HEAD + "1.1,0.04,0.0214,5e-5\n", "has 1 point; a retrieval needs at least 3", None),
    "very many points": (long_table(20_000), "has 20,000 points; a retrieval takes at most 5,000", None),
    "no rows": (HEAD, "it has no row of numbers", "it has no row of numbers"),
    "nothing": ("", "it has no row of numbers", "it has no row of numbers"),
    "no errors": ("wl[um],full width,depth\n1.1,0.1,0.02\n1.2,0.1,0.02\n", "has no column of errors", None),
    "no widths": ("wl[um],depth,error\n1.1,0.02,1e-5\n1.2,0.02,1e-5\n", "has no column of widths", None),
    "all rows without a depth": (
        HEAD + "1.1,0.1,nan,1e-5\n1.2,0.1,--,1e-5\n",
        "a number in none of its 2 rows",
        "a number in none of its 2 rows",
    ),
    "a word among numbers": (
        table().replace("0.02", "deep", 1),
        "is not a row of numbers",
        "is not a row of numbers",
    ),
    "rows of other lengths": (table() + "1.9,0.04,0.02\n", "has 3 where line 2 has 4", "has 3 where line 2"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_one_sentence(invoke: Invoke, home: Path, tmp_path: Path, name: str) -> None:
    content, said, described = BAD[name]
    path = tmp_path / "bad.csv"
    path.write_text(content)
    commands = {
        "retrieve": ("retrieve", path, *HOST, "--gases", "H2O", "-o", tmp_path / "out"),
        "simulate": ("simulate", tmp_path / "out.h5", "--channels", path, "--gases", "H2O", *HOST),
        "describe": ("data", "describe", path),
    }
    before = sorted(tmp_path.rglob("*"))
    for command, words in commands.items():
        result = invoke(*words)
        if command == "describe" and described is None:
            assert result.exit_code == 0, result.stderr
            continue
        lines = [line for line in result.stderr.splitlines() if not line.startswith("Note: ")]
        assert result.exit_code == 2, command
        assert len(lines) == 1, command

        assert re.search(described or said if command == "describe" else said, lines[0]), lines
    assert [path for path in sorted(tmp_path.rglob("*")) if home not in (path, *path.parents)] == before


def test_describe_says_what_retrieve_refuses(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(table(np.linspace(1e-4, 3e-3, N)))
    said = " ".join(invoke("data", "describe", tmp_path / "a.csv").stdout.split())
    assert "harness retrieve refuses it: The depths of" in said
    assert "looks like an emission spectrum" in said


GOOD = {
    "Windows line ends": table().replace("\n", "\r\n"),
    "a byte-order mark": "\ufeff" + table(),
    "decimal commas": table().replace(",", ";").replace(".", ","),
    "decimal commas and spaces": table().replace(",", "#").replace(".", ",").replace("#", ", "),
    "rows that go down": HEAD + "".join(f"{line}\n" for line in reversed(table().splitlines()[1:])),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_other_programs_do_to_a_file_is_taken(invoke: Invoke, tmp_path: Path, name: str) -> None:
    path = tmp_path / "good.csv"
    path.write_bytes(GOOD[name].encode())
    # far outside of the opacities' gases: refused after the file was understood, before anything is computed
    result = invoke("retrieve", path, *HOST, "--gases", "XeF2", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "XeF2" in result.stderr
    assert "(1.33 R_Jup" in result.stderr
    assert invoke("data", "describe", path).exit_code == 0
