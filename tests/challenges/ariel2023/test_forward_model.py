"""The forward models of the challenges, and the fingerprint that speaks of them."""

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from harness.challenges import load
from harness.errors import HarnessError
from harness.physics import TransmissionModel

GASES = ("H2O", "CO2", "CO", "CH4", "NH3")


def write_opacities(directory: Path, strength: float = 1.0, low: float = 2000.0) -> Path:
    directory.mkdir()
    wavenumber = np.linspace(low, 25000, 300)
    for seed, gas in enumerate(GASES):
        values = 1e-24 * np.random.default_rng(seed).uniform(0.1, 1, (2, 3, 300))
        with h5py.File(directory / f"{gas}.h5", "w") as file:
            file["bin_edges"], file["t"], file["p"] = wavenumber, [200.0, 1000.0, 3000.0], [1e-6, 1e2]
            file["p"].attrs["units"] = "bar"
            file["xsecarr"] = strength * values
            file["mol_name"] = np.array([gas.encode()])
    return directory


@pytest.fixture
def opacities(tmp_path: Path) -> Path:
    return write_opacities(tmp_path / "opacities")


def test_the_spectra_of_the_toy_are_those_of_its_forward_model():
    toy = load("toy", {"train": 20, "valid": 1, "test": 5, "rows": 100})
    spectra = toy.forward_model()(toy.test.parameters, None, None)
    torch.testing.assert_close(spectra, toy.test.observations.spectrum, rtol=1e-12, atol=0.0)


def test_ariel2023_computes_spectra_on_its_own_channels(release, opacities):
    challenge = load(f"ariel2023:{release}", {"opacities": str(opacities)})
    parameters = challenge.train.parameters[:6]
    star, mass = torch.linspace(0.8, 1.3, 6).double(), torch.linspace(0.5, 2, 6).double()
    found = challenge.forward_model()(parameters, star, mass)
    schema = challenge.schema
    model = TransmissionModel.from_files(
        opacities, wavelength=schema.wavelength, width=schema.width, dtype=torch.float64
    )
    assert torch.equal(found, model.binned(parameters, star, mass))
    assert found.shape == (6, len(schema.wavelength))
    with pytest.raises(HarnessError, match="needs star radius and planet mass"):
        challenge.forward_model()(parameters, None, mass)


def test_the_quick_model_has_the_spectra_of_the_exact_one(release, opacities):
    challenge = load(f"ariel2023:{release}", {"opacities": str(opacities)})
    parameters = challenge.train.parameters[:6]
    parameters[:, 2:] = torch.linspace(-6, -3, 6)[:, None]
    star, mass = torch.ones(6).double(), torch.linspace(0.5, 2, 6).double()
    exact = challenge.forward_model()(parameters, star, mass)
    found = challenge.forward_model().quick()(parameters, star, mass)
    assert found.shape == exact.shape
    assert (found - exact).abs().max() < 1e-5
    with pytest.raises(HarnessError, match="needs star radius and planet mass"):
        challenge.forward_model().quick()(parameters, star, None)


def test_a_measured_spectrum_has_channels_with_exact_edges(release, opacities):
    challenge = load(f"ariel2023:{release}", {"opacities": str(opacities)})
    parameters = challenge.train.parameters[:6]
    star, mass = torch.ones(6).double(), torch.linspace(0.5, 2, 6).double()
    measured = challenge.forward_model().measured()
    schema = challenge.schema
    model = TransmissionModel.from_files(
        opacities, wavelength=schema.wavelength, width=schema.width, edges="exact", dtype=torch.float64
    )
    found = measured(parameters, star, mass)
    assert torch.equal(found, model.binned(parameters, star, mass))
    assert not torch.equal(found, challenge.forward_model()(parameters, star, mass))
    assert torch.equal(found, measured.quick()(parameters, star, mass))
    assert measured.identity != challenge.forward_model().identity
    toy = load("toy", {"train": 20, "valid": 1, "test": 5, "rows": 100})
    assert toy.forward_model().measured()(toy.test.parameters, None, None) is not None


def test_the_fingerprint_follows_what_the_opacities_hold_and_not_where_they_lie(release, opacities, tmp_path):
    def fingerprint(directory: Path | str) -> str:
        return load(f"ariel2023:{release}", {"opacities": str(directory)}).fingerprint

    first = fingerprint(opacities)
    assert first != fingerprint("built-in")
    assert fingerprint("built-in") == load(f"ariel2023:{release}").fingerprint
    moved = opacities.rename(tmp_path / "elsewhere")
    (moved / "README").write_text("not an opacity")
    assert fingerprint(moved) == first
    with h5py.File(moved / "CO.h5", "r+") as file:
        file["xsecarr"][1, 2, 299] *= 1.5
    assert fingerprint(moved) != first


def test_a_directory_without_opacities_is_refused_as_the_challenge_is_opened(release, tmp_path):
    for option, message in (
        (tmp_path / "missing", "missing.* does not exist"),
        (tmp_path, "holds no cross-sections of H2O"),
        (write_opacities(tmp_path / "short", low=12000.0), "cover"),
    ):
        with pytest.raises(HarnessError, match=message):
            load(f"ariel2023:{release}", {"opacities": str(option)}).schema  # noqa: B018


def test_opacities_may_be_chosen_where_the_directory_says_how_it_is_split(release, opacities):
    with (release / "TrainingData" / "Splits.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["planet_ID", "split"])
        for i in range(20):
            split = "valid" if i == 1 else "test" if i % 3 == 0 and i < 9 else "train"
            writer.writerow([f"train{i + 1}", split])
    challenge = load(f"ariel2023:{release}", {"opacities": str(opacities)})
    assert len(challenge.test) == 3
