"""The Ariel 2022 release: the layout of 2023, six parameters, traces that name their columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import pytest
import torch

from harness.challenges import Split, load
from harness.challenges.ariel2023.release import RELEASE_2022
from harness.challenges.ariel2023.writer import write_ariel2022
from harness.contract import contract
from harness.data.posterior import Posterior
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.scorers.ariel import Ariel

TRACES = Path("TrainingData/Ground Truth Package/Tracedata.hdf5")


@pytest.fixture(scope="module")
def splits() -> dict[str, Split]:
    """Planets of ariel-mini with their six parameters, every planet for testing with its trace."""
    mini = load("ariel-mini")
    columns = [mini.schema.parameter_names.index(name) for name in RELEASE_2022.names]

    def six(split: Split) -> Split:
        traces = split.truth.traces
        if traces is not None:
            traces = replace(traces, values=traces.values[:, columns].contiguous())
        truth = Truth(split.parameters[:, columns].contiguous(), traces)
        return Split(split.observations, truth)

    return {"train": six(mini.train[:60]), "valid": six(mini.valid[:10]), "test": six(mini.test[:6])}


@pytest.fixture
def release(tmp_path: Path, splits: dict[str, Split]) -> Path:
    schema = load("ariel-mini").schema.model_copy(update={"parameters": RELEASE_2022.parameters})
    write_ariel2022(tmp_path / "release", schema, splits)
    return tmp_path / "release"


def test_what_is_written_is_read_again_in_the_order_of_the_table(
    release: Path, splits: dict[str, Split]
) -> None:
    challenge = load(f"ariel2022:{release}")
    assert challenge.schema.parameter_names == (
        "planet_temp",
        "log_H2O",
        "log_CO2",
        "log_CH4",
        "log_CO",
        "log_NH3",
    )
    for name, split in splits.items():
        read = challenge.splits[name]
        assert torch.equal(read.parameters, split.parameters)
        assert torch.equal(read.observations.spectrum, split.observations.spectrum)
        if split.truth.traces is not None:
            assert read.truth.traces is not None
            for planet in torch.nonzero(split.truth.traces.present).flatten().tolist():
                pairs = zip(read.truth.traces.trace(planet), split.truth.traces.trace(planet), strict=True)
                assert all(torch.equal(one, other) for one, other in pairs)
    with h5py.File(release / TRACES) as file:
        written = file["Planet_" + splits["train"].observations.names[0]]
        assert list(written.attrs["target_order"]) == sorted(RELEASE_2022.names)
    with pytest.raises(HarnessError, match="planet_radius"):  # which this table does not have
        _ = load(f"ariel2023:{release}").splits


@pytest.mark.parametrize("place", ["file", "dataset"])
def test_the_order_may_be_said_of_the_file_or_of_the_dataset(
    release: Path, splits: dict[str, Split], place: str
) -> None:
    """And be one text, with brackets and quotes."""
    with h5py.File(release / TRACES, "r+") as file:
        for group in file.values():
            said = str(list(group.attrs.pop("target_order")))
            (file if place == "file" else group["tracedata"]).attrs["target_order"] = said
    read, expected = load(f"ariel2022:{release}").train.truth.traces, splits["train"].truth.traces
    assert read is not None
    assert expected is not None
    assert torch.equal(read.trace(0)[0], expected.trace(0)[0])


def test_the_score_is_its_posterior_part(release: Path) -> None:
    challenge = load(f"ariel2022:{release}")
    assert challenge.forward_model() is None
    _ = challenge.schema
    assert any("without the spectral one" in note for note in challenge.notes)
    truth = challenge.test.truth
    assert truth.traces is not None
    length = int(truth.traces.lengths.min())
    rows = torch.stack([truth.traces.trace(planet)[0][-length:] for planet in range(len(challenge.test))])
    score = Ariel().score(Posterior(rows, torch.full(rows.shape[:2], 1 / length)), truth, challenge)
    assert set(score.parts) == {"posterior", *(f"posterior/{name}" for name in RELEASE_2022.names)}
    assert torch.allclose(torch.as_tensor(score.value), torch.as_tensor(score.parts["posterior"].value))


def test_a_trace_that_does_not_name_its_columns_is_refused(release: Path) -> None:
    with h5py.File(release / TRACES, "r+") as file:
        for group in file.values():
            del group.attrs["target_order"]
    with pytest.raises(HarnessError, match="has no attribute 'target_order', so that the columns"):
        _ = load(f"ariel2022:{release}").splits


@pytest.mark.parametrize("said", [["T", "log_H2O"], 6, ["log_H2O"] * 6])
def test_an_order_of_other_columns_is_refused(release: Path, said: object) -> None:
    with h5py.File(release / TRACES, "r+") as file:
        for group in file.values():
            group.attrs["target_order"] = said
    with pytest.raises(HarnessError, match=r"attribute 'target_order' is .*; expected planet_temp, log_H2O"):
        _ = load(f"ariel2022:{release}").splits


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"'ariel2022:PATH' needs that of the release"):
        _ = load(f"ariel2022:{tmp_path / 'nowhere'}").splits


def test_it_keeps_the_contract_of_a_challenge(release: Path) -> None:
    for check in contract("challenge", "ariel2022", location=str(release)):
        check()
