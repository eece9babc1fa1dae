"""Fitted methods in Python: just fitted, or of a recorded run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch

import harness
from harness.errors import HarnessError
from harness.submissions import read_submission

TINY = {"train": 40, "valid": 5, "test": 5, "rows": 200}

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def toy() -> harness.Challenge:
    return harness.load("toy", TINY)


def test_a_method_fitted_without_a_record_gives_the_samples_of_the_recorded_one(
    home: Path, toy: harness.Challenge
) -> None:
    seen = toy.test.observations
    settings = {"estimator": {"k": 9}}
    fitted = harness.fit("nearest", toy, seed=4, settings=settings)
    assert not home.exists()
    drawn = fitted.sample(seen, 1000)
    record = harness.run("nearest", toy, seed=4, settings=settings, samples=1000)
    recorded = read_submission(home / record.artifacts / "predictions.h5", seen.names, toy.schema)
    assert torch.equal(drawn.samples.float(), recorded.samples.float())
    reopened = harness.open_run(record).sample(seen, 1000)
    assert torch.equal(reopened.samples, drawn.samples)
    assert torch.equal(fitted.sample(seen, 1000).samples, drawn.samples)  # and again


def test_a_prediction_holds_the_quantiles_of_the_samples(toy: harness.Challenge) -> None:
    fitted = harness.fit("prior", toy)
    seen = toy.test.observations[[2]]
    table = fitted.predict(seen, 2000)
    assert list(table["parameter"]) == list(toy.schema.parameter_names)
    assert set(table["planet_ID"]) == {seen.names[0]}
    samples = fitted.sample(seen, 2000).samples[0]
    assert table["median"].to_numpy() == pytest.approx(samples.median(dim=0).values.numpy(), rel=0.02)
    assert (table["lower"] < table["median"]).all()
    assert (table["median"] < table["upper"]).all()
    assert table["unit"].iloc[0] == "R_Jup"


def test_spectra_without_names_are_numbered(toy: harness.Challenge) -> None:
    seen = toy.test.observations[:2]
    mine = harness.Observations(None, seen.spectrum, seen.noise, seen.auxiliary)
    table = harness.fit("nearest", toy).predict(mine)
    assert list(dict.fromkeys(table["planet_ID"])) == ["number 1", "number 2"]


@pytest.mark.parametrize(
    ("estimator", "more", "said"),
    [
        ("nearset", {}, "did you mean 'nearest'"),
        ("nearest", {"settings": {"prior": {"k": 3}}}, "no such component takes part"),
        ("nearest", {"preprocessor": "standardize"}, "leave out --preprocessor"),
        ("nested-sampling", {}, "'nested-sampling' does not suit toy"),
        ("nearest", {"device": "tpu"}, "'tpu' is not known"),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    toy: harness.Challenge, estimator: str, more: dict[str, object], said: str
) -> None:
    with pytest.raises(HarnessError, match=said):
        harness.fit(estimator, toy, **more)  # type: ignore[arg-type]


def test_observations_of_another_instrument_are_refused(toy: harness.Challenge) -> None:
    seen = toy.test.observations
    short = harness.Observations(None, seen.spectrum[:, :9], seen.noise[:, :9], seen.auxiliary)
    with pytest.raises(HarnessError, match="9 channels"):
        harness.fit("nearest", toy).sample(short)


def test_a_run_is_opened_by_record_folder_id_label_and_latest(home: Path, toy: harness.Challenge) -> None:
    record = harness.run("nearest", toy, name="mine", scorers=["r2"])
    for reference in (record, home / record.artifacts, record.run_id, "mine", "latest"):
        assert harness.open_run(reference).record == record
    assert harness.open_run("latest", home=home).folder == home / record.artifacts
    with pytest.raises(HarnessError, match="There is no run 'yours'"):
        harness.open_run("yours")


def test_scores_are_those_of_a_run(toy: harness.Challenge) -> None:
    fitted = harness.fit("nearest", toy)
    scores = harness.score(fitted.sample(toy.test.observations), toy)
    record = harness.run("nearest", toy)
    assert list(scores) == [score.scorer.name for score in record.scores]
    for score in record.scores:
        assert scores[score.scorer.name].value == score.value
        assert scores[score.scorer.name].standard_error == score.standard_error
    with pytest.raises(HarnessError, match="no scorer named 'r3'"):
        harness.score(fitted.sample(toy.test.observations), toy, ["r3"])
    with pytest.raises(HarnessError, match=r"expected \(5, 2000, 7\)"):
        harness.score(fitted.sample(toy.test.observations[:2]), toy)


def test_the_scores_of_each_planet_are_a_table(home: Path, toy: harness.Challenge) -> None:
    record = harness.run("nearest", toy, scorers=["crps", "rmse"])
    table = harness.open_run(record).scores()
    assert list(table.columns) == ["planet_ID", "partition", "crps", "rmse"]
    assert list(table["planet_ID"]) == toy.test.observations.names.tolist()
    assert table["partition"].isna().all()
    assert table["crps"].mean() == pytest.approx(record.scores[0].value)


def test_the_partition_of_each_planet_is_told(home: Path) -> None:
    mini = harness.load("ariel-mini")
    rows = [0, 1, 130, 150, 170]
    small = mini.on(mini.test[rows])
    record = harness.run("prior", small, scorers=["r2"])
    table = harness.open_run(record).scores()
    assert mini.test.partition is not None
    assert list(table["partition"]) == mini.test.partition[rows].tolist()
    assert table["partition"].iloc[0] == "matched"


def test_a_file_of_scores_of_an_older_version_is_read(home: Path, toy: harness.Challenge) -> None:
    fitted = harness.open_run(harness.run("nearest", toy, scorers=["r2"]))
    (fitted.folder / "scores.csv").write_text("planet_ID,ariel,r2\nNA,812.5,nan\n7,0.25,-1e-3\n")
    table = fitted.scores()
    expected = pd.DataFrame({"planet_ID": ["NA", "7"], "ariel": [812.5, 0.25], "r2": [float("nan"), -1e-3]})
    pd.testing.assert_frame_equal(table[["planet_ID", "ariel", "r2"]], expected)
    assert table["partition"].isna().all()


@pytest.mark.parametrize(
    "text", ["", "name,r2\n1,2\n", "planet_ID,r2\n1,many\n", "planet_ID,r2\n1,2,3\n", "planet_ID,r2\n1\n"]
)
def test_a_damaged_file_of_scores_is_named(home: Path, toy: harness.Challenge, text: str) -> None:
    fitted = harness.open_run(harness.run("nearest", toy, scorers=["r2"]))
    (fitted.folder / "scores.csv").write_text(text)
    with pytest.raises(HarnessError, match=r"scores\.csv is damaged"):
        fitted.scores()
    (fitted.folder / "scores.csv").unlink()
    with pytest.raises(HarnessError, match=r"scores\.csv is missing"):
        fitted.scores()


def test_a_measured_spectrum_is_compared_with_channels_of_exact_edges(home: Path) -> None:
    record = harness.run("prior", "ariel-mini", scorers=["r2"], samples=1000)
    opened = harness.open_run(record)
    forward = opened.run.forward_model()
    assert forward is not None
    opened.run.measured = True
    measured = opened.run.forward_model()
    assert measured is not None
    assert measured.identity == f"{forward.identity}-exact-edges"
