"""`harness simulate` writes a challenge that reads like the release, the same bytes for the same seed."""

import csv
import os
import resource
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import pytest
import torch
from click.testing import CliRunner

from harness.challenges import Observations, load
from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.cli.commands.simulate import command
from harness.cli.simulate_writing import writing_alone
from harness.errors import HarnessError
from harness.physics.builtin_opacities import opacity_directory
from harness.physics.transmission import TransmissionModel
from harness.retrieval import reference_traces
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.reference_posterior import reference_posterior
from harness.simulation import traced
from harness.simulation.challenge import Part, simulate
from harness.simulation.forward import Forward
from harness.simulation.shifts import Clouds, Matched

SMALL = ("--planets", "40", "--test", "6", "--shift", "species=3", "--shift", "clouds=2", "--device", "cpu")


@pytest.fixture(scope="module")
def opacities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return opacity_directory(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def simulated(opacities: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("simulated") / "challenge"
    run(directory, *SMALL, "--opacities", str(opacities))
    return directory


def run(directory: Path, *options: str | Path) -> str:
    result = CliRunner().invoke(command, [str(directory), *map(str, options)])
    if result.exception is not None:
        raise result.exception
    return result.output


def files(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(simulated, opacities, tmp_path):
    first = files(simulated)
    run(tmp_path / "again", *SMALL, "--opacities", str(opacities))
    assert files(tmp_path / "again") == first
    run(tmp_path / "other", *SMALL, "--opacities", str(opacities), "--seed", "1")
    other = files(tmp_path / "other")
    assert first.keys() == other.keys()
    changed = {name for name in first if first[name] != other[name]}
    assert {name for name in changed if "Spectral" in name or "Auxillary" in name or "FM_" in name}


def test_the_directory_has_the_files_of_the_release_and_partitions(simulated):
    assert set(files(simulated)) == {
        f"{folder}/{name}"
        for folder in ("TrainingData", "TestData")
        for name in (
            "SpectralData.hdf5",
            "AuxillaryTable.csv",
            "Ground Truth Package/FM_Parameter_Table.csv",
            "Ground Truth Package/QuartilesTable.csv",
            "Ground Truth Package/Tracedata.hdf5",
        )
    } | {"TrainingData/Splits.csv", "TestData/Partitions.csv"}
    with (simulated / "TestData" / "Partitions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["partition"] for row in rows] == ["matched"] * 6 + ["clouds"] * 2 + ["species"] * 3
    assert [row["planet_ID"] for row in rows] == [f"test{i}" for i in range(1, 12)]


def test_the_challenge_reads_as_it_was_simulated(simulated, opacities):
    challenge = load(f"ariel2023:{simulated}")
    expected = simulate(40, [Part(Matched(), 6), Part(Clouds(), 2)], 0, Forward(opacities), lambda done: None)
    assert {name: len(split) for name, split in challenge.splits.items()} == {
        "train": 36,
        "valid": 4,
        "test": 11,
    }
    for name in ("train", "valid"):
        found, made = challenge.splits[name], expected[name]
        assert found.observations.planet_ids.tolist() == made.observations.planet_ids.tolist()
        assert torch.equal(found.observations.spectrum, made.observations.spectrum)
        assert torch.equal(found.observations.noise, made.observations.noise)
        assert torch.equal(found.parameters, made.parameters)
    # another part of the test planets leaves the first ones what they are
    assert torch.equal(challenge.test.observations.spectrum[:8], expected["test"].observations.spectrum)


def test_spectra_are_noise_free_those_of_the_forward_model_for_the_tables(simulated, opacities):
    train = load(f"ariel2023:{simulated}").splits["train"]
    radius, mass = train.observations.auxiliary[:, 2] / 6.957e8, train.observations.auxiliary[:, 4]
    model = TransmissionModel.from_files(opacities, dtype=torch.float64)
    expected = model.binned(train.parameters, radius, mass / 1.898124597e27)
    assert (train.observations.spectrum - expected).abs().max() < 0.3e-6


def test_the_mean_depth_is_that_of_the_release(opacities):
    forward = Forward(opacities)
    depth = torch.cat(
        [
            split.observations.spectrum
            for seed in range(2)
            for split in simulate(500, [Part(Matched(), 1)], seed, forward, lambda done: None).values()
        ]
    )
    assert depth.mean().item() == pytest.approx(8.26e-3, rel=0.1)
    assert depth.isfinite().all()
    assert 0 < depth.min() < depth.max() < 0.1


def test_an_interruption_leaves_nothing(opacities, tmp_path, monkeypatch):
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.challenges.ariel2023.writer.write_labels", interrupt)
    CliRunner().invoke(command, [str(tmp_path / "new"), *SMALL, "--opacities", str(opacities)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["new", "new.h5"])
def test_a_disk_that_fills_up_is_one_sentence_and_leaves_nothing(target, opacities, tmp_path):
    """A limit on the size of a file stands for the full disk: the system answers likewise."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
    try:
        with pytest.raises(
            HarnessError, match=r"cannot be written \(the disk is full\) and nothing half-written"
        ):
            run(tmp_path / target, *SMALL, "--opacities", opacities)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_is_seen_before_the_work(opacities, tmp_path):
    with pytest.raises(
        HarnessError, match=r"this needs about .* MB; free some space or choose another place\."
    ):
        run(tmp_path / "new", "--opacities", opacities, "--planets", str(10**12))
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_command_left_is_cleared_away(opacities, tmp_path):
    half_written = tmp_path / ".new.123.partial"
    half_written.mkdir()
    (half_written / "SpectralData.hdf5").write_bytes(b"killed while it was written")
    run(tmp_path / "new", *SMALL, "--opacities", opacities)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def narrowed(opacities: Path, directory: Path) -> Path:
    """The same opacities from 600 to 1500 K only, on every 20th wavenumber."""
    directory.mkdir()
    for path in opacities.glob("*.h5"):
        with h5py.File(path) as whole, h5py.File(directory / path.name, "w") as part:
            kept = (whole["t"][()] >= 600) & (whole["t"][()] <= 1500)
            part["t"], part["bin_edges"] = whole["t"][kept], whole["bin_edges"][::20]
            part["p"], part["mol_name"] = whole["p"][()], whole["mol_name"][()]
            part["p"].attrs["units"] = "Pa"
            part["xsecarr"] = whole["xsecarr"][:, kept, ::20]
    return directory


@pytest.mark.filterwarnings("ignore:.*retrievals were stopped at the limit")
@pytest.mark.filterwarnings("ignore:The opacities reach from")
def test_retrievals_go_on_where_they_were_interrupted(opacities, tmp_path, monkeypatch):
    narrow = narrowed(opacities, tmp_path / "narrow")
    options = ("--planets", "4", "--test", "1", "--traces", "1", "--opacities", narrow)
    monkeypatch.setattr(traced, "NestedOptions", partial(NestedOptions, live=50, effective=10, calls=300))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    # choosing a quadrature takes seconds
    monkeypatch.setattr(ArielForwardModel, "quick", lambda self: self)
    whole = tmp_path / "whole"
    run(whole / "new", *options)

    asked: list[str] = []

    def interrupted_at_the_second(planet: Observations, *rest: Any) -> Any:
        asked.extend(planet.names.tolist())
        if len(asked) == 2:
            raise KeyboardInterrupt
        return reference_posterior(planet, *rest)

    monkeypatch.setattr(reference_traces, "reference_posterior", interrupted_at_the_second)
    again = tmp_path / "again"
    again.mkdir()
    with pytest.raises(SystemExit):
        run(again / "new", *options)
    assert [path.name for path in again.iterdir()] == [".new.traces"]
    run(again / "new", *options)
    assert asked == ["train1", "test1", "test1"]
    assert files(again) == files(whole)


def test_temperatures_that_the_opacities_do_not_reach_are_told_once(opacities, tmp_path):
    narrow = narrowed(opacities, tmp_path / "narrow")
    with pytest.warns(match=r"reach from 600 to 1500 K and [\d.]+ to [\d.]+ K are asked for") as told:
        run(tmp_path / "new", "--planets", "20", "--test", "5", "--shift", "profile=3", "--opacities", narrow)
    assert len(told) == 1
    assert (tmp_path / "new").is_dir()


STOPPED_WHILE_SIMULATING = """
    import os, signal
    import harness.cli.simulate

    def stop(*arguments):
        os.kill(os.getpid(), signal.SIGTERM)

    harness.cli.simulate.simulate = stop
"""


def test_a_clusters_stop_is_an_interruption(process, install, tmp_path):
    started = process("simulate", tmp_path / "new", seeing=(install("stopping", STOPPED_WHILE_SIMULATING),))
    output, errors = started.communicate()
    assert (output, errors.strip()) == ("", "Interrupted.")
    assert started.returncode == 2
    assert not [path for path in tmp_path.iterdir() if "new" in path.name]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--shift", "cloud=3"), r"There is no shift 'cloud' \(did you mean 'clouds'\?\); there is: clouds,"),
        (("--shift", "clouds"), "--shift clouds does not say how many planets; write it like clouds=32"),
        (("--shift", "clouds=0"), "--shift clouds=0 does not say how many planets"),
        (("--shift", "clouds=2", "--shift", "clouds=3"), "The shift 'clouds' is named twice"),
        (("--set", "clouds.highest=1"), "The options of 'clouds' are set, but no --shift clouds=N asks"),
        (("--shift", "clouds=2", "--set", "clouds.top=1"), "clouds has no option 'top'"),
        (("--shift", "misfit=2"), "The shift 'misfit' displaces reference posteriors"),
        (("--opacities", "nowhere"), "The directory of opacities, nowhere, does not exist"),
    ],
)
def test_bad_options_are_one_sentence_and_leave_nothing(options, message, tmp_path):
    with pytest.raises(HarnessError, match=message):
        run(tmp_path / "new", *options)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_exists_is_not_touched(tmp_path):
    with pytest.raises(HarnessError, match="exists already; choose another place or remove it"):
        run(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["new", "new.h5"])
def test_what_another_simulation_is_writing_is_left_alone(name, opacities, tmp_path):
    target = tmp_path / name
    with writing_alone(target, 0) as work:
        work.mkdir()
        (work / "trace").write_text("of the other")
        with pytest.raises(HarnessError, match=r"Another simulation of .*new.* is under way; wait"):
            run(target, *SMALL, "--opacities", str(opacities))
        assert (work / "trace").read_text() == "of the other"


def test_a_place_under_a_file_is_refused(opacities, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HarnessError, match="cannot be written"):
        run(tmp_path / "file" / "new", *SMALL, "--opacities", str(opacities))
