"""`harness data describe FILE` for the file of a spectrum."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

Invoke = Callable[..., Result]


def described(invoke: Invoke, *words: str | Path) -> dict[str, object]:
    result = invoke("data", "describe", *words, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_columns_units_and_widths_are_told(invoke: Invoke, shared_data: Path) -> None:
    found = described(invoke, shared_data / "spectra" / "WASP39b_all_JWST_pyratbay.dat")
    assert [column["read_as"] for column in found["columns"]] == [
        "depth",
        "error",
        "wavelength",
        "half width",
        "instrument or offset group",
    ]
    assert found["columns"][0]["unit"] == "ppm"
    assert found["points"] == 383
    assert found["left_out"] == 0
    assert found["wavelength"]["unit"] == "um"
    assert found["depth"]["minimum"] == pytest.approx(0.019224)
    assert found["error"]["unit"] == "fraction"
    assert "The widths are half, by the name." in found["notes"]


def test_what_is_open_is_asked_for(invoke: Invoke, shared_cases: Path, tmp_path: Path) -> None:
    path = shared_cases / "spectra" / "nanometres.dat"
    notes = " ".join(described(invoke, path)["notes"])
    assert "it may be nm or cm-1: say it, as --units wavelength=nm." in notes
    assert "does not say the unit of its depths" in notes
    found = described(invoke, path, "--units", "wavelength=nm,depth=fraction")
    assert found["wavelength"]["maximum"] == pytest.approx(7.27556)
    assert found["notes"] == []


def test_rows_that_are_left_out_are_counted(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("wl depth\n0.8 0.01\n0.9 nan\n1.0 0.01\n")
    result = invoke("data", "describe", tmp_path / "a.txt")
    assert result.exit_code == 0
    assert "2 points, 1 rows without a depth left out" in result.stdout
    assert "There is no column of errors: a run needs them from --noise FILE." in " ".join(
        result.stdout.split()
    )


def test_an_array_is_told_by_its_shape(invoke: Invoke, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((3, 52)))
    assert described(invoke, tmp_path / "a.npy")["shape"] == [3, 52]
    assert "numbers of shape (3, 52)" in invoke("data", "describe", tmp_path / "a.npy").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.csv",), "nothing.csv is missing"),
        (("spectrum.csv", "--set", "challenge.train=3"), "--set is for a challenge"),
        (("spectrum.csv", "--units", "nm"), "--units nm is not of the form QUANTITY=UNIT"),
        (("spectrum.csv", "--units", "wavelength=parsec"), "in 'parsec', which is not a unit known here"),
        (("spectrum.csv", "--columns", "depth,error"), "--columns depth,error names no wavelength"),
        (("toy", "--columns", "wavelength,depth"), "--columns and --units are for the file of a spectrum"),
    ],
)
def test_bad_input_is_one_sentence(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spectrum.csv").write_text("0.8,0.01\n0.9,0.01\n1.0,0.01\n")
    result = invoke("data", "describe", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
