"""What `harness retrieve` refuses; `test_retrieve_recorded.py` looks at what it finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import Result

from harness.physics import PlanetModel, PlanetSettings

Invoke = Callable[..., Result]

HOST = ("--star-radius", "0.932", "--planet-mass", "0.281")
QUICK = (
    *("--gases", "H2O", "--live-points", "50", "--effective", "100"),
    *("--prior", "planet_radius=1.24,1.32", "--prior", "planet_temp=800,1400", "--prior", "log_H2O=-5,-2"),
)
CHANNELS, WIDTH, ERROR = np.linspace(1.15, 1.65, 12), 0.045, 6e-5
# together these gases are mostly more than the whole
HARDLY = (
    *("--gases", "H2O,CO2", "--prior", "planet_temp=800,1400", "--prior", "planet_radius=1.24,1.32"),
    *("--prior", "log_H2O=-0.318,-0.01", "--prior", "log_CO2=-0.318,-0.01"),
)
TRUTH = {"planet_radius": 1.28, "planet_temp": 1100.0, "log_H2O": -3.5}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spectrum of WFC3's that the planet model makes."""
    model = PlanetModel.from_files(
        "built-in",
        PlanetSettings(("H2O",), reference_pressure=1e3),
        torch.tensor(CHANNELS),
        torch.full((len(CHANNELS),), WIDTH),
    )
    depth = model.binned(torch.tensor([list(TRUTH.values())]), 0.932, 0.281)[0].double().numpy()
    depth = depth + ERROR * np.random.default_rng(1).normal(size=len(depth))
    path = tmp_path_factory.mktemp("measured") / "wfc3.csv"
    rows = "".join(f"{x:.5f},{WIDTH},{d:.8f},{ERROR}\n" for x, d in zip(CHANNELS, depth, strict=True))
    path.write_text("wavelength [um],width,transit depth,error\n" + rows)
    return path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "The radius of the star in solar radii is missing"),
        (HOST[:2], "The mass of the planet in Jupiter's is missing"),
        ((*HOST, "--gases", "XeF2"), "XeF2"),
        ((*HOST, "--gases", "H2O,H2O"), "named twice"),
        ((*HOST, "--prior", "planet_temp=900"), "not of the form NAME=LOW,HIGH"),
        ((*HOST, "--prior", "temp=900,1000"), "which is no parameter of this retrieval"),
        ((*HOST, "--prior", "planet_temp=900,900"), "excludes everything"),
        ((*HOST, "--prior", "log_H2O=0.1,0.5"), "No atmosphere within the bounds"),
        ((*HOST, "--method", "npe", "--estimator", "npe-k"), "npe-kl"),
        ((*HOST, "--method", "npe", "--estimator", "nearest"), "'nearest' learns no density of spectra"),
        ((*HOST, "--method", "vi", "--estimator", "npe-kl"), "'npe-kl' has no density that climbs"),
        ((*HOST, *HARDLY), "of 2,000 draws from the priors make a planet"),
        ((*HOST, *HARDLY, "--method", "npe"), "of 2,000 draws from the priors make a planet"),
        ((*HOST, "--star", "spots"), "say it with --star-temperature"),
        ((*HOST, "--gases", "H2O", "--compare"), "there is one gas alone"),
        (("--star-radius", "0.932", "--planet-mass", "-1"), "planet_mass is -1"),
        ((*HOST, "--config", "none.toml"), "none.toml is missing"),
    ],
)
def test_bad_input_is_one_sentence(
    invoke: Invoke, measured: Path, home: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    result = invoke("retrieve", measured, *words, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()
    assert not list(home.glob("runs/*/*"))


def test_a_retrieval_that_is_stopped_is_recorded_as_that(
    invoke: Invoke, measured: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*of: object, folder: Path, **more: object) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        seen.append(folder / "round")
        already.append(seen[-1].exists())
        seen[-1].touch()
        raise KeyboardInterrupt

    seen: list[Path] = []
    already: list[bool] = []
    monkeypatch.setattr("harness.real_spectra.retrieval.sample_by_learning", stopped)
    words = ("retrieve", measured, *HOST, *QUICK, "--method", "npe", "-o", tmp_path / "out")
    for resume in ((), ("--resume",)):
        result = invoke(*words, *resume)
        assert result.exit_code == 2
        assert "is recorded as interrupted; the same command with --resume goes on" in result.stderr
        assert not (tmp_path / "out").exists()
    assert already == [False, True]  # what the first one had was there for the second
    listed = json.loads(invoke("runs", "list", "--json").stdout)
    assert [one["status"] for one in listed] == ["interrupted", "interrupted"]


def test_a_covariance_is_not_learned_from(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "correlated.npz"
    covariance = ERROR**2 * (0.5 * np.eye(len(CHANNELS)) + 0.5)
    np.savez(
        path,
        wavelength_um=CHANNELS,
        full_width=np.full(len(CHANNELS), WIDTH),
        depth=np.full(len(CHANNELS), 0.0214),
        covariance=covariance,
    )
    result = invoke("retrieve", path, *HOST, *QUICK, "--method", "npe", "--widths", "full")
    assert result.exit_code == 2
    assert "--method npe does not simulate the covariance that this spectrum has" in result.stderr
    assert "Traceback" not in result.stderr


def test_channels_outside_the_opacities_are_told(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "far.csv"
    rows = "".join(f"{x:.2f},0.5,0.0214,5e-5\n" for x in np.arange(30, 34, 0.5))
    path.write_text("wavelength [um],full width,depth,error\n" + rows)
    result = invoke("retrieve", path, *HOST, "--widths", "full")
    assert result.exit_code == 2
    assert "do not cover the channel at" in result.stderr
