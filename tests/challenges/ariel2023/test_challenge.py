"""The Ariel 2023 directory is read as it was published."""

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from harness.challenges import load
from harness.components import Challenge

TRUTH = "Ground Truth Package"

# the first, second, 34th and 57th rows of the published tables
PUBLISHED_AUXILIARY = """\
planet_ID,star_distance,star_mass_kg,star_radius_m,star_temperature,planet_mass_kg,planet_orbital_period,planet_distance,planet_surface_gravity
train1,530.765,1.9685257719910705e+30,667872000.0,5636.0,3.9909227861902126e+26,9.66857723,0.08853045162360054,16.64203940167769
train2,440.089,1.94864167328409e+30,723528000.0,5449.0,4.9770006443183424e+26,4.2180278,0.05075212350599319,5.197134626838914
train34,143.651,1.2924664159537332e+30,431334000.0,4390.0,4.621733527279303e+25,3.799847,0.041284569480172416,7.488274574357312
train57,1073.48,2.067946265525973e+30,723528000.0,5860.0,7.862722425446178e+27,41.805985,0.23885957458350374,82.84059482358485
"""
PUBLISHED_PARAMETERS = """\
,planet_ID,planet_radius,planet_temp,log_H2O,log_CO2,log_CO,log_CH4,log_NH3
0,train1,0.559619783857541,863.3947695756594,-8.865868416360755,-6.700706810717679,-5.557561003000044,-8.95761461551005,-3.097540009371725
1,train2,1.1183082651122085,1201.7004654515492,-4.510257589745525,-8.228966165330746,-3.565427109520787,-7.807424323367722,-3.6336582286001935
33,train34,0.2839038228367671,891.5332082403204,-7.747255600291284,-6.551766521663023,-5.276047087999138,-4.433856413581998,-5.9887834934499535
56,train57,1.1133316038734506,551.8456179547575,-5.170282760061316,-7.396115929551529,-4.075915591606488,-6.498671869458193,-6.876949002570142
"""


def training_planets(challenge: Challenge) -> dict[str, tuple[torch.Tensor, ...]]:
    """Everything about each planet of the training folder, wherever it was split to."""
    found = {}
    for name in ("train", "valid", "test"):
        split = challenge.splits[name]
        for i, planet in enumerate(split.observations.planet_ids.tolist()):
            seen, traces = split.observations, split.truth.traces
            assert traces is not None
            found[planet] = (
                seen.spectrum[i],
                seen.noise[i],
                seen.auxiliary[i],
                split.parameters[i],
                *traces.trace(i),
            )
    return found


def test_the_published_rows_come_back_number_for_number(tmp_path: Path, release: Path) -> None:
    root = tmp_path / "published"
    (root / "TrainingData" / TRUTH).mkdir(parents=True)
    (root / "TrainingData" / "AuxillaryTable.csv").write_text(PUBLISHED_AUXILIARY)
    (root / "TrainingData" / TRUTH / "FM_Parameter_Table.csv").write_text(PUBLISHED_PARAMETERS)
    planets = [row.split(",")[0] for row in PUBLISHED_AUXILIARY.splitlines()[1:]]
    for name in ("SpectralData.hdf5", f"{TRUTH}/Tracedata.hdf5"):
        with (
            h5py.File(release / "TrainingData" / name) as source,
            h5py.File(root / "TrainingData" / name, "w") as target,
        ):
            for planet in planets:
                source.copy("Planet_train1", target, f"Planet_{planet}")
    found = training_planets(load(f"ariel2023:{root}"))
    assert sorted(found) == sorted(planets)
    _, _, auxiliary, parameters, _, _ = found["train34"]
    assert auxiliary.tolist() == [
        143.651,
        1.2924664159537332e30,
        431334000.0,
        4390.0,
        4.621733527279303e25,
        3.799847,
        0.041284569480172416,
        7.488274574357312,
    ]
    assert parameters.tolist() == [
        0.2839038228367671,
        891.5332082403204,
        -7.747255600291284,
        -6.551766521663023,
        -5.276047087999138,
        -4.433856413581998,
        -5.9887834934499535,
    ]


def test_every_planet_gets_its_own_numbers(release: Path) -> None:
    found = training_planets(load(f"ariel2023:{release}"))
    with h5py.File(release / "TrainingData" / "SpectralData.hdf5") as file:
        for planet, (spectrum, noise, *_) in found.items():
            assert spectrum.tolist() == file[f"Planet_{planet}"]["instrument_spectrum"][:].tolist()
            assert noise.tolist() == file[f"Planet_{planet}"]["instrument_noise"][:].tolist()
    with h5py.File(release / "TrainingData" / TRUTH / "Tracedata.hdf5") as file:
        for planet, (*_, values, weights) in found.items():
            if (int(planet.removeprefix("train")) - 1) % 3:
                assert len(values) == len(weights) == 0
            else:
                assert values.tolist() == file[f"Planet_{planet}"]["tracedata"][:].tolist()
                assert weights.tolist() == file[f"Planet_{planet}"]["weights"][:].tolist()


def test_tables_and_groups_may_be_in_different_orders(release: Path) -> None:
    before = training_planets(load(f"ariel2023:{release}"))
    table = release / "TrainingData" / TRUTH / "FM_Parameter_Table.csv"
    header, *rows = table.read_text().splitlines()
    table.write_text("\n".join([header, *reversed(rows)]) + "\n")
    spectra = release / "TrainingData" / "SpectralData.hdf5"
    with h5py.File(spectra) as file, h5py.File(release / "ordered.hdf5", "w", track_order=True) as other:
        for name in reversed(list(file)):
            file.copy(name, other)
    (release / "ordered.hdf5").replace(spectra)
    after = training_planets(load(f"ariel2023:{release}"))
    for planet, values in before.items():
        for one, other_one in zip(values, after[planet], strict=True):
            assert torch.equal(one, other_one)


def test_planets_stand_in_the_order_of_the_auxiliary_table(release: Path) -> None:
    table = release / "TestData" / "AuxillaryTable.csv"
    header, *rows = table.read_text().splitlines()
    table.write_text("\n".join([header, *reversed(rows)]) + "\n")
    unlabelled = load(f"ariel2023:{release}").splits["unlabelled"]
    assert unlabelled.observations.planet_ids.tolist() == ["test4", "test3", "test2", "test1"]


def test_the_trace_file_may_be_spelt_either_way(release: Path) -> None:
    before = load(f"ariel2023:{release}").fingerprint
    folder = release / "TrainingData" / TRUTH
    (folder / "Tracedata.hdf5").rename(folder / "TraceData.hdf5")
    assert load(f"ariel2023:{release}").fingerprint == before


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_a_single_nan_of_any_shape_means_no_trace(release: Path, shape: tuple[int, ...]) -> None:
    with h5py.File(release / "TrainingData" / TRUTH / "Tracedata.hdf5", "a") as file:
        for name, group in file.items():
            if group["tracedata"].size == 1:
                del group["tracedata"], group["weights"]
                group["tracedata"] = np.full(shape, np.nan)
            assert name
    challenge = load(f"ariel2023:{release}")
    assert sum(split.truth.n_traces for split in challenge.splits.values()) == 7


def test_the_index_column_may_be_missing(release: Path) -> None:
    before = load(f"ariel2023:{release}").fingerprint
    table = release / "TrainingData" / TRUTH / "FM_Parameter_Table.csv"
    rows = [row.split(",", 1)[1] for row in table.read_text().splitlines()]
    table.write_text("\n".join(rows) + "\n")
    assert load(f"ariel2023:{release}").fingerprint == before


def test_columns_may_be_in_any_order_and_more_than_needed(release: Path) -> None:
    before = load(f"ariel2023:{release}").fingerprint
    table = release / "TrainingData" / "AuxillaryTable.csv"
    with table.open(newline="") as file:
        rows = [[*reversed(row), "more"] for row in csv.reader(file)]
    with table.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    challenge = load(f"ariel2023:{release}")
    assert challenge.fingerprint == before
    assert any("further columns that are not used: more" in note for note in challenge.notes)


def test_wavelengths_keep_the_order_of_the_file(release: Path) -> None:
    ascending = load(f"ariel2023:{release}")
    assert ascending.schema.wavelength[0] == 0.55
    for folder in ("TrainingData", "TestData"):
        with h5py.File(release / folder / "SpectralData.hdf5", "a") as file:
            for group in file.values():
                for dataset in group.values():
                    dataset[:] = dataset[:][::-1]
    descending = load(f"ariel2023:{release}")
    assert descending.schema.wavelength == ascending.schema.wavelength[::-1]
    assert descending.schema.width == ascending.schema.width[::-1]
    assert torch.equal(descending.test.observations.spectrum, ascending.test.observations.spectrum.flip(1))


def test_float32_traces_are_read_into_float64(release: Path) -> None:
    with h5py.File(release / "TrainingData" / TRUTH / "Tracedata.hdf5", "a") as file:
        for group in file.values():
            for name in ("tracedata", "weights"):
                values = group[name][()].astype(np.float32)
                del group[name]
                group[name] = values
    traces = load(f"ariel2023:{release}").train.truth.traces
    assert traces is not None
    assert traces.values.dtype == traces.weights.dtype == torch.float64


def test_weights_that_nearly_sum_to_1_are_normalised_and_others_kept(release: Path) -> None:
    before = training_planets(load(f"ariel2023:{release}"))
    with h5py.File(release / "TrainingData" / TRUTH / "Tracedata.hdf5", "r+") as file:
        file["Planet_train7"]["weights"][:] *= 1.0005
    after = training_planets(load(f"ariel2023:{release}"))
    assert after["train7"][-1].sum().item() == pytest.approx(1.0, abs=1e-12)
    assert torch.equal(after["train4"][-1], before["train4"][-1])


def test_splits_share_the_memory_of_their_traces(release: Path) -> None:
    challenge = load(f"ariel2023:{release}")
    first, second = challenge.train.truth.traces, challenge.test.truth.traces
    assert first is not None
    assert second is not None
    assert first.values.data_ptr() == second.values.data_ptr()


def test_missing_quartiles_are_noted_and_nothing_else_changes(release: Path) -> None:
    before = load(f"ariel2023:{release}").fingerprint
    (release / "TrainingData" / TRUTH / "QuartilesTable.csv").unlink()
    challenge = load(f"ariel2023:{release}")
    assert challenge.fingerprint == before
    assert any("QuartilesTable.csv is missing" in note for note in challenge.notes)


def test_parameters_and_columns_have_the_units_of_the_challenge(release: Path) -> None:
    schema = load(f"ariel2023:{release}").schema
    assert [str(parameter) for parameter in schema.parameters][:3] == [
        "planet_radius [R_Jup]",
        "planet_temp [K]",
        "log_H2O [log10 VMR]",
    ]
    assert schema.bounds == ((0.1, 3), (0, 7000), *[(-12, -1)] * 5)
    assert [column.unit for column in schema.auxiliary] == ["pc", "kg", "m", "K", "kg", "days", "AU", "m/s2"]
