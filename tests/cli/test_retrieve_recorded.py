"""`harness retrieve`: a posterior from a file, as a run like others: listed, ranked, served again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner, Result

from harness.cli import main
from harness.physics import PlanetModel, PlanetSettings
from harness.real_spectra.learning import Climbing, ClimbingPlan
from harness.real_spectra.variational import Climbed, sample_by_climbing
from harness.retrieval.nested_trace import NestedTrace

Call = Callable[..., Result]

CHANNELS, WIDTH, ERROR = np.linspace(1.15, 1.65, 8), 0.07, 1e-4
TRUTH = {"planet_radius": 1.28, "planet_temp": 1100.0, "log_H2O": -3.5}
HOST = ("--star-radius", "0.932", "--planet-mass", "0.281", "--gases", "H2O")
PRIORS = (
    *("--prior", "planet_radius=1.24,1.32", "--prior", "planet_temp=800,1400"),
    *("--prior", "log_H2O=-5,-2", "--effective", "200"),
)
CLIMBING = ClimbingPlan(
    options={"proposals": 0, "steps": 90, "heated": 20, "transforms": 1},
    draws=500,
    proposals=2000,
    judged=50,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a spectrum, and a home with its retrievals by two methods."""
    folder = tmp_path_factory.mktemp("recorded")
    model = PlanetModel.from_files(
        "built-in",
        PlanetSettings(("H2O",), reference_pressure=1e3),
        torch.tensor(CHANNELS),
        torch.full((len(CHANNELS),), WIDTH),
    )
    depth = model.binned(torch.tensor([list(TRUTH.values())]), 0.932, 0.281)[0].double().numpy()
    depth = depth + ERROR * np.random.default_rng(1).normal(size=len(depth))
    rows = "".join(f"{x:.5f},{WIDTH},{d:.8f},{ERROR}\n" for x, d in zip(CHANNELS, depth, strict=True))
    (folder / "wfc3.csv").write_text("wavelength [um],width,transit depth,error\n" + rows)
    methods = {"nested": ("--live-points", "50", "--name", "nested", "--json"), "vi": ("--method", "vi")}
    with pytest.MonkeyPatch.context() as changed:
        # few, for the sake of time
        changed.setattr("harness.real_spectra.retrieval.ROWS", 400)
        quick = partial(sample_by_climbing, plan=CLIMBING)
        changed.setattr("harness.real_spectra.retrieval.sample_by_climbing", quick)
        for name, words in methods.items():
            output = ("-o", folder / name)
            result = asked(folder, "retrieve", folder / "wfc3.csv", *HOST, *PRIORS, *words, *output)
            assert result.exit_code == 0, result.stderr
            assert "depths are in fractions of the star's light" in result.stderr
            (folder / f"{name}.txt").write_text(result.stdout)
    return folder


def asked(place: Path, *words: str | Path) -> Result:
    home = ("--home", str(place / "home"))
    return CliRunner().invoke(main, [*map(str, words), *home], env={"COLUMNS": "250", "NO_COLOR": "1"})


def records(place: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(asked(place, "runs", "list", "--json").stdout)
    return found


def test_a_spectrum_becomes_a_posterior(place: Path) -> None:
    found = json.loads((place / "nested.txt").read_text())
    for one in found["parameters"]:
        spread = max(one["upper"] - one["lower"], 1e-3)
        assert abs(one["median"] - TRUTH[one["name"]]) < 4 * spread, one
    assert found["posterior_predictive_p_value"] > 0.001
    assert found["chi_square"]["best"] < 40
    assert np.isfinite(found["log_evidence"])
    assert records(place)[0]["run_id"] == found["run"]
    assert "Recorded as run" in (place / "vi.txt").read_text()


def test_the_files_hold_the_posterior(place: Path) -> None:
    folder, found = place / "nested", json.loads((place / "nested.txt").read_text())
    pictures = {"spectrum.png", "profile.png", "corner.png"}
    tables = {"posterior.csv", "post_equal_weights.dat", "taurex.h5", "posterior.nc"}
    names = {path.name for path in folder.iterdir()}
    assert names == {*pictures, *tables, "retrieval.html", "summary.json"}
    table = pd.read_csv(folder / "posterior.csv")
    assert list(table.columns) == [*TRUTH, "weight", "log_likelihood"]
    assert table["weight"].sum() == pytest.approx(1, abs=1e-5)
    information = float(table["weight"] @ table["log_likelihood"]) - found["log_evidence"]
    variance = 1 / found["effective_sample_size"] + information / 50  # live points
    assert found["log_evidence_error"] == pytest.approx(variance**0.5, rel=1e-3)
    equal = np.loadtxt(folder / "post_equal_weights.dat")
    assert equal.shape[1] == 4
    with h5py.File(folder / "taurex.h5") as file:
        solution = file["Output/Solutions/solution0"]
        assert solution["tracedata"].shape == (len(table), 3)
        median = found["parameters"][2]["median"]
        assert solution["fit_params/log_H2O/value"][()] == pytest.approx(median, rel=1e-6)
    with h5py.File(folder / "posterior.nc") as file:
        assert file["posterior/log_H2O"].shape == (1, len(equal))
        assert file["posterior/log_H2O"].dims[1][0].name == "/posterior/draw"
        assert file["posterior_predictive/transit_depth"].shape[2] == len(CHANNELS)
    page = (folder / "retrieval.html").read_text()
    assert all(base64.b64encode((folder / name).read_bytes()).decode() in page for name in pictures)
    assert "http" not in page.replace("http-equiv", "")


def test_methods_stand_on_one_board(place: Path) -> None:
    shown = asked(place, "leaderboard", "--challenge", "spectrum:wfc3")
    assert shown.exit_code == 0, shown.stderr
    assert "one measured spectrum" in shown.stdout
    assert 'gases=["H2O"]' in shown.stdout
    [board] = json.loads(asked(place, "leaderboard", "--challenge", "spectrum", "--json").stdout)
    assert board["ranked_by"] == "log-evidence"
    scores = {entry["estimator"]: entry["scores"] for entry in board["entries"]}
    assert set(scores) == {"nested-sampling", "vi"}
    evidence = [one["log-evidence"] for one in scores.values()]
    apart = abs(evidence[0]["value"] - evidence[1]["value"])
    assert apart < 5 * np.hypot(*(one["standard_error"] for one in evidence))
    for one in scores.values():
        assert one["effective-samples"]["value"] > 100
        assert one["forward-models"]["value"] > 1000
        assert 0 <= one["p-value"]["value"] <= 1
        assert one["chi2-per-channel"]["value"] < 5
    [flow] = [entry for entry in board["entries"] if entry["estimator"] == "vi"]
    assert flow["parts"]["lower-bound"]["value"] < flow["score"] + 0.2


def test_a_finished_one_is_served(place: Path, tmp_path: Path) -> None:
    before = records(place)
    words = (place / "wfc3.csv", *HOST, *PRIORS, "--method", "vi", "--resume", "-o", tmp_path / "again")
    result = asked(place, "retrieve", *words, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["run"] == before[1]["run_id"]
    assert records(place) == before
    for path in (place / "vi").iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
    shown = asked(place, "retrieve", *words[:-2], "--name", "other")
    assert "has finished before" in shown.stdout
    assert "evidence lower bound" in " ".join(shown.stdout.split())


def test_commands_on_runs_know_it(place: Path, tmp_path: Path) -> None:
    shown = asked(place, "runs", "show", "nested")
    assert shown.exit_code == 0, shown.stderr
    assert "retrieval" in shown.stdout
    assert "gases=['H2O']" in shown.stdout
    assert asked(place, "leaderboard", "show", "nested").exit_code == 0
    assert "Nothing in" in asked(place, "runs", "prune").stdout
    page = asked(place, "leaderboard", "html", tmp_path / "pages", "--challenge", "spectrum")
    assert page.exit_code == 0, page.stderr
    text = (tmp_path / "pages" / "index.html").read_text()
    assert "harness retrieve PATH/wfc3.csv --star-radius 0.932" in text


@pytest.mark.parametrize(
    "words", [("rerun", "nested"), ("diagnose", "nested"), ("predict", "nested", "wfc3.csv")]
)
def test_what_needs_a_fitted_method_says_what_it_is(place: Path, words: tuple[str, ...]) -> None:
    result = asked(place, *words)
    assert result.exit_code == 2
    assert "is the retrieval of one measured spectrum" in result.stderr
    assert "--prior planet_temp=800,1400" in result.stderr


def test_there_are_no_planets_to_compare(place: Path) -> None:
    result = asked(place, "leaderboard", "compare", "vi", "nested-sampling")
    assert result.exit_code == 2
    assert "one measured spectrum" in result.stderr


def test_a_few_effective_samples_are_no_answer(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(*of: object) -> Climbed:
        values = np.random.default_rng(0).uniform([1.27, 1000, -4], [1.29, 1200, -3], size=(20, 3))
        trace = NestedTrace(values, np.full(20, 1 / 20), np.zeros(20), 0.0, 20)
        rows = torch.from_numpy(values)
        return Climbed(trace, Climbing(20, 1.0, 1.0, 20, 1.0), rows, torch.zeros(20), 0.0)

    monkeypatch.setattr("harness.real_spectra.retrieval.sample_by_climbing", few)
    words = (place / "wfc3.csv", *HOST, *PRIORS, "--method", "vi", "--seed", "1", "-o", tmp_path / "out")
    result = asked(place, "retrieve", *words)
    assert result.exit_code == 2
    assert "effective samples once the exact model has weighed it, fewer than 100" in result.stderr
    assert not (tmp_path / "out").exists()
    assert records(place)[-1]["status"] == "failed"
    assert "1 failed" in asked(place, "leaderboard", "--challenge", "spectrum:wfc3").stdout
