"""`harness data describe` at the command line."""

import json
from pathlib import Path

import pytest

from harness.cli import main
from harness.cli.data_describe import sparkline

SMALL_TOY = ["--set", "challenge.train=40", "--set", "challenge.valid=5", "--set", "challenge.test=5"]


def harness(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command; its exit code, output and messages."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    output, messages = capsys.readouterr()
    return int(ended.value.code or 0), output, messages


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_a_table_fits_into_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    code, output, _ = harness(capsys, "data", "describe", "toy", *SMALL_TOY)
    assert code == 0
    assert all(len(line) <= 80 for line in output.splitlines())
    for text in ("train", "40", "52 channels", "planet_radius [R_Jup]", "0.1 to 3", "star_distance [pc]"):
        assert text in output


def test_no_cell_is_cut_short(capsys: pytest.CaptureFixture[str]) -> None:
    _, output, _ = harness(capsys, "data", "describe", "toy", *SMALL_TOY)
    assert "…" not in output


def test_json_holds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    code, output, _ = harness(capsys, "data", "describe", "toy", "--json", *SMALL_TOY)
    found = json.loads(output)
    assert code == 0
    assert found["splits"]["train"]["planets"] == 40
    assert found["parameters"][0]["name"] == "planet_radius"
    assert len(found["fingerprint"]) == 16


def test_the_published_set_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    hela = Path(__file__).parents[3] / "shared" / "data" / "hela"
    code, output, _ = harness(capsys, "data", "describe", f"hela:{hela}")
    assert code == 0
    for text in (
        "15,000",
        "5,001",
        "T [K]",
        "kappa0 [log10 cm2/g]",
        "transit depth [%]",
        "No test planet has",
    ):
        assert text in output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ariel2023:nowhere"], "nowhere is not a directory"),
        (["ariel2023"], "write 'ariel2023:PATH'"),
        (["toys"], "There is no challenge named 'toys' (did you mean 'toy'?)"),
        (["toy", "--set", "challenge.trian=5"], "has no option 'trian' (did you mean 'train'?)"),
        (["toy", "--set", "estimater.k=5"], "'estimater' are set, but no such component takes part"),
        (["toy", "--set", "train"], "--set train is not of the form"),
        (["hela:nowhere"], "nowhere does not exist"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output, messages = harness(capsys, "data", "describe", *words)
    assert code == 2
    assert output == ""
    assert message in messages
    assert len(messages.splitlines()) == 1


def test_a_sparkline_is_as_high_as_its_counts() -> None:
    assert sparkline([0, 1, 4, 8]) == " ▂▅█"
    assert sparkline([1, 10_000]) == "▁█"
    assert sparkline([0, 0]) == "  "
    assert sparkline([]) == ""
