"""What `harness data describe` says about a challenge."""

import shutil
from pathlib import Path

import pytest

from harness.challenges import load
from harness.challenges.describe import BINS, describe


def test_a_release_is_counted(release: Path) -> None:
    found = describe(load(f"ariel2023:{release}"))
    assert {name: (split.planets, split.traces) for name, split in found.splits.items()} == {
        "train": (17, 5),
        "valid": (2, 1),
        "test": (1, 1),
        "unlabelled": (4, 0),
    }
    assert not found.splits["unlabelled"].has_parameters
    assert found.channels.count == 5
    assert (found.channels.first, found.channels.last) == (0.55, 1.27490344)
    assert [column.name for column in found.auxiliary][:2] == ["star_distance", "star_mass_kg"]


def test_rows_of_the_traces_are_summarised(release: Path) -> None:
    rows = describe(load(f"ariel2023:{release}", {"test_fraction": 0.9})).splits["test"].trace_rows
    assert rows is not None
    assert 30 <= rows.minimum <= rows.median <= rows.maximum <= 49


def test_histograms_count_every_training_planet_inside_the_bounds(hela: Path) -> None:
    found = describe(load(f"hela:{hela}"))
    for parameter in found.parameters:
        assert len(parameter.histogram) == BINS
        assert sum(parameter.histogram) + parameter.outside == 15_000
    ammonia = found.parameters[3]
    assert ammonia.histogram[0] > 7500  # more than half of the planets sit on the lower bound
    assert ammonia.training.median == ammonia.training.minimum == -13


def test_what_is_missing_is_said(release: Path, hela: Path) -> None:
    truth = release / "TrainingData" / "Ground Truth Package"
    (truth / "QuartilesTable.csv").unlink()
    shutil.rmtree(release / "TestData")
    said = "\n".join(describe(load(f"ariel2023:{release}", {"valid_fraction": 0})).notes)
    assert "QuartilesTable.csv is missing" in said
    assert "TestData is missing" in said
    assert "There are no planets in 'valid'." in said
    said = "\n".join(describe(load(f"hela:{hela}")).notes)
    assert "There are no auxiliary columns." in said
    assert "No test planet has a trace" in said
    assert "The spectra carry their noise already" in said


def test_training_values_beyond_the_prior_bounds_are_counted(release: Path) -> None:
    table = release / "TrainingData" / "Ground Truth Package" / "FM_Parameter_Table.csv"
    lines = table.read_text().splitlines()
    cells = lines[2].split(",")
    cells[3] = "9000"
    table.write_text("\n".join([*lines[:2], ",".join(cells), *lines[3:]]) + "\n")
    found = describe(load(f"ariel2023:{release}", {"valid_fraction": 0}))
    assert found.parameters[1].outside == 1
    assert found.parameters[1].training.maximum == 9000
    assert "planet_temp: 1 training planet lies beyond the prior bounds." in found.notes


@pytest.mark.parametrize("spec", ["toy", "hela"])
def test_a_description_survives_json(spec: str, hela: Path) -> None:
    challenge = load("toy", {"train": 20, "valid": 0, "test": 5}) if spec == "toy" else load(f"hela:{hela}")
    found = describe(challenge)
    assert type(found).model_validate_json(found.model_dump_json()) == found
