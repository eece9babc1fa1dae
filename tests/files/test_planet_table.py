"""CSV tables of planets: read exactly, and refused in one sentence that says where."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from harness.errors import HarnessError
from harness.files.planet_table import read_planet_table

GOOD = "planet_ID,mass,note,radius\na,1,x,2\nb,3,,4\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_a_number_is_the_nearest_to_what_is_written(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    table = tmp_path_factory.mktemp("numbers") / "table.csv"
    rows = [f"planet{i},{number!r}" for i, number in enumerate(numbers)]
    table.write_text("\n".join(["planet_ID,mass", *rows]))
    assert read_planet_table(table, "planet_ID", ["mass"]).values[:, 0].tolist() == numbers


@pytest.mark.parametrize(
    "written",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\n\n") + "  \n",
        " planet_ID , mass,note, radius\n a , 1,x,2\nb,3 ,,4",
        'planet_ID,mass,note,radius\na,1,"x, y",2\n"b",3,,4\n',
        "radius,mass,,planet_ID\n2,1,0,a\n4,3,1,b\n",
    ],
    ids=["plain", "windows", "marked", "blank lines", "spaces", "quoted", "reordered"],
)
def test_however_it_is_written_it_says_the_same(table: Path, written: str) -> None:
    table.write_bytes(written.encode())
    read = read_planet_table(table, "planet_ID", ["mass", "radius"])
    assert read.planets == ["a", "b"]
    np.testing.assert_array_equal(read.values, [[1, 2], [3, 4]])


def test_a_column_that_nobody_asked_for_is_told(table: Path) -> None:
    table.write_text("," + GOOD.replace("\n", "\n0,").removesuffix("0,"))
    assert read_planet_table(table, "planet_ID", ["mass"]).ignored == ("note", "radius")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", r"table\.csv is empty; expected a header"),
        ("planet_ID,mass\n", r"table\.csv lists no planet"),
        ("planet_ID,mass\na,1\nb\n", r"1 fields in line 3, which begins with 'b', but 2 column names"),
        ("planet_ID,mass\na,1\nb,2,3\n", r"3 fields in line 3, which begins with 'b', but 2 column names"),
        ('planet_ID,mass\na,"1\nb,2\n', r"table\.csv is not a CSV table \(.*EOF inside string"),
        ("planet_ID,mass\n ,1\n", "has no planet id in row 1"),
        ("planet_ID,mass\na,1\nb,1\na,2\n", "lists planet a twice"),
        (
            "planet_ID,mass\na\x1b[31m,1\n",
            "has the planet id 'a.\\[31m', with characters that",
        ),
        ("planet_ID,mass,mass\na,1,2\n", "has the column 'mass' 2 times"),
        ("planet_ID,Mass\na,1\n", "has no column 'mass' .*did you mean 'Mass'"),
        ("planet_ID,mass\na,1\nb,one\n", "planet b: mass is 'one'; expected a number"),
        ("planet_ID,mass\na,1\nb,\n", "planet b: mass is ''; expected a number"),
        ("planet_ID,mass\na,1\nb,nan\n", "planet b: mass is nan; expected a finite number"),
        ("planet_ID,mass\na,1\nb,-inf\n", "planet b: mass is -inf; expected a finite number"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(table: Path, written: str, sentence: str) -> None:
    table.write_text(written)
    with pytest.raises(HarnessError, match=sentence):
        read_planet_table(table, "planet_ID", ["mass"])


def test_a_table_that_is_missing_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"none\.csv is missing"):
        read_planet_table(tmp_path / "none.csv", "planet_ID", ["mass"])
    with pytest.raises(HarnessError, match="is a folder; expected a file"):
        read_planet_table(tmp_path, "planet_ID", ["mass"])
