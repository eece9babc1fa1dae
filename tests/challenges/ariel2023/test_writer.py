"""A challenge that is written in the Ariel 2023 layout and read again is the same challenge."""

import csv
import math
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.challenges import Observations, Split, Traces, Truth, load
from harness.challenges.ariel2023.writer import write_ariel2023
from harness.components import Challenge
from harness.data.fingerprint import fingerprint
from harness.errors import HarnessError

finite = st.floats(allow_nan=False, allow_infinity=False)


def written(challenge: Challenge, directory: Path, **splits: Split) -> Challenge:
    write_ariel2023(directory, challenge.schema, {**challenge.splits, **splits})
    return load(f"ariel2023:{directory}")


def test_a_release_survives_bit_for_bit_with_its_splits(release: Path, tmp_path: Path) -> None:
    challenge = load(f"ariel2023:{release}", {"valid_fraction": 0.3})
    again = written(challenge, tmp_path / "again")
    assert again.fingerprint == challenge.fingerprint
    for name, split in challenge.splits.items():
        other = again.splits[name]
        assert torch.equal(other.observations.spectrum, split.observations.spectrum)
        assert torch.equal(other.observations.noise, split.observations.noise)
        assert torch.equal(other.observations.auxiliary, split.observations.auxiliary)
        if split.truth.parameters is not None:
            assert torch.equal(other.parameters, split.parameters)


def test_partitions_survive_and_are_part_of_the_fingerprint(release: Path, tmp_path: Path) -> None:
    challenge = load(f"ariel2023:{release}")
    splits = {name: split for name, split in challenge.splits.items() if name != "unlabelled"}
    labels = np.array(["matched", "clouds"] * len(splits["test"]))[: len(splits["test"])]
    divided = {**splits, "test": replace(splits["test"], partition=labels)}
    write_ariel2023(tmp_path / "divided", challenge.schema, divided)
    again = load(f"ariel2023:{tmp_path / 'divided'}")
    assert again.test.partition is not None
    assert again.test.partition.tolist() == labels.tolist()
    model = challenge.forward_model().identity
    assert again.fingerprint == fingerprint(challenge.schema, divided, model)
    assert again.fingerprint != fingerprint(challenge.schema, splits, model)


def test_a_partition_table_that_lacks_a_planet_is_named(release: Path, tmp_path: Path) -> None:
    table = release / "TestData" / "Partitions.csv"
    table.write_text("planet_ID,partition\ntest1,matched\n")
    with pytest.raises(HarnessError, match=r"Partitions\.csv .* differ in planet test2"):
        _ = load(f"ariel2023:{release}").splits


def test_test_planets_with_truth_survive_as_test_planets(release: Path, tmp_path: Path) -> None:
    challenge = load(f"ariel2023:{release}")
    splits = {name: split for name, split in challenge.splits.items() if name != "unlabelled"}
    write_ariel2023(tmp_path / "again", challenge.schema, splits)
    again = load(f"ariel2023:{tmp_path / 'again'}")
    assert again.fingerprint == fingerprint(challenge.schema, splits, again.forward_model().identity)
    assert (tmp_path / "again" / "TestData" / "Ground Truth Package" / "Tracedata.hdf5").is_file()


def test_writing_twice_changes_nothing(release: Path, tmp_path: Path) -> None:
    first = written(load(f"ariel2023:{release}"), tmp_path / "first")
    second = written(first, tmp_path / "second")
    for name in ("TrainingData/AuxillaryTable.csv", "TrainingData/Splits.csv"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    assert first.fingerprint == second.fingerprint


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(finite, min_size=7, max_size=7), auxiliary=st.lists(finite, min_size=8, max_size=8))
def test_any_number_survives_its_csv_table(
    release: Path, tmp_path_factory: pytest.TempPathFactory, numbers: list[float], auxiliary: list[float]
) -> None:
    challenge = load(f"ariel2023:{release}")
    train = challenge.train[[0]]
    observations = replace(train.observations, auxiliary=torch.tensor([auxiliary], dtype=torch.float64))
    train = Split(observations, Truth(torch.tensor([numbers], dtype=torch.float64), train.truth.traces))
    again = written(challenge, tmp_path_factory.mktemp("numbers") / "again", train=train).train
    assert again.parameters[0].tolist() == numbers
    assert again.observations.auxiliary[0].tolist() == auxiliary


def test_the_layout_is_the_published_one(release: Path, tmp_path: Path) -> None:
    written(load(f"ariel2023:{release}"), tmp_path / "again")
    for name in ("SpectralData.hdf5", "Ground Truth Package/Tracedata.hdf5"):
        with (
            h5py.File(release / "TrainingData" / name) as published,
            h5py.File(tmp_path / "again" / "TrainingData" / name) as file,
        ):
            assert set(file) == set(published)
            for group in published:
                for dataset, values in published[group].items():
                    np.testing.assert_array_equal(file[group][dataset][()], values[()])
    for name in ("AuxillaryTable.csv", "Ground Truth Package/QuartilesTable.csv"):
        published_header = (release / "TrainingData" / name).read_text().splitlines()[0]
        assert (tmp_path / "again" / "TrainingData" / name).read_text().splitlines()[0] == published_header


def test_quartiles_are_the_weighted_quantiles_of_the_traces(release: Path, tmp_path: Path) -> None:
    challenge = written(load(f"ariel2023:{release}"), tmp_path / "again")
    table = tmp_path / "again" / "TrainingData" / "Ground Truth Package" / "QuartilesTable.csv"
    with table.open(newline="") as file:
        rows = {row["planet_ID"]: row for row in csv.DictReader(file)}
    test = challenge.test
    planet = test.observations.planet_ids.tolist()[0]
    assert test.truth.traces is not None
    values, weights = (tensor.numpy() for tensor in test.truth.traces.trace(0))
    for column, parameter in enumerate(challenge.schema.parameter_names):
        order = np.argsort(values[:, column])
        cumulative = weights[order].cumsum()
        for i, quantile in enumerate((0.16, 0.5, 0.84), start=1):
            expected = values[order, column][np.argmax(cumulative >= quantile * cumulative[-1])]
            assert float(rows[planet][f"{parameter}_q{i}"]) == expected
    assert rows["train2"]["planet_radius_q1"] == ""


def test_a_directory_that_exists_is_not_touched(release: Path) -> None:
    challenge = load(f"ariel2023:{release}")
    with pytest.raises(HarnessError, match="exists already"):
        write_ariel2023(release, challenge.schema, challenge.splits)


def test_another_schema_is_refused(release: Path, tmp_path: Path) -> None:
    challenge = load(f"ariel2023:{release}")
    schema = challenge.schema.model_copy(update={"parameters": challenge.schema.parameters[:3]})
    with pytest.raises(HarnessError, match="holds the parameters planet_radius, planet_temp"):
        write_ariel2023(tmp_path / "again", schema, challenge.splits)
    assert not (tmp_path / "again").exists()


def test_a_planet_that_occurs_twice_is_refused(release: Path, tmp_path: Path) -> None:
    challenge = load(f"ariel2023:{release}")
    with pytest.raises(HarnessError, match=r"Planet train\d+ occurs twice"):
        write_ariel2023(tmp_path / "again", challenge.schema, {**challenge.splits, "valid": challenge.train})


def test_planets_without_parameters_are_refused(release: Path, tmp_path: Path) -> None:
    challenge = load(f"ariel2023:{release}")
    with pytest.raises(HarnessError, match="'train' have no parameters"):
        write_ariel2023(
            tmp_path / "again",
            challenge.schema,
            {**challenge.splits, "train": challenge.splits["unlabelled"]},
        )


def test_nothing_is_left_where_the_disk_is_full(release: Path, tmp_path: Path) -> None:
    """A process that may not write files beyond 20 kB meets what a full disk does."""
    script = f"""
        import errno, resource
        from pathlib import Path
        from harness.challenges import load
        from harness.challenges.ariel2023.writer import write_ariel2023
        challenge = load("ariel2023:{release}")
        splits = challenge.splits
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            write_ariel2023(Path("{tmp_path}/again"), challenge.schema, splits)
        except OSError as error:
            print(error.errno == errno.EFBIG, error.filename)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("True ")
    assert "SpectralData.hdf5" in done.stdout
    assert done.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_splits_without_any_trace_are_written_too(release: Path, tmp_path: Path) -> None:
    challenge = load(f"ariel2023:{release}")
    schema = challenge.schema
    n = 3

    def split(name: str) -> Split:
        ids = np.array([f"{name}{i}" for i in range(n)])
        depth = torch.full((n, len(schema.wavelength)), 8e-3, dtype=torch.float64)
        seen = Observations(ids, depth, depth / 100, torch.ones(n, 8, dtype=torch.float64))
        return Split(seen, Truth(torch.ones(n, 7, dtype=torch.float64)))

    splits = {name: split(name) for name in ("train", "valid", "test")}
    write_ariel2023(tmp_path / "again", schema, splits)
    again = load(f"ariel2023:{tmp_path / 'again'}")
    assert again.fingerprint == fingerprint(schema, splits, again.forward_model().identity)
    assert again.train.truth.traces is None


def test_traces_of_zero_weight_rows_survive(release: Path, tmp_path: Path) -> None:
    challenge = load(f"ariel2023:{release}")
    weights = torch.tensor([0.0, 1.0, math.ulp(0.0)], dtype=torch.float64)
    traces = Traces.from_list([(torch.ones(3, 7, dtype=torch.float64), weights)], 7)
    test = Split(challenge.test.observations[[0]], Truth(challenge.test.parameters[:1], traces))
    again = written(challenge, tmp_path / "again", test=test).test.truth.traces
    assert again is not None
    assert again.trace(0)[1].tolist() == weights.tolist()
